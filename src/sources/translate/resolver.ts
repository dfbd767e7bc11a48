import type { ExternalAuth, Mirror, Route, Rule } from '../../model/model.ts';
import type { Plugin } from '../../model/plugin.ts';
import type { Upstream } from '../../model/upstream.ts';
import type { ConditionState, ObjectSet } from '../objects.ts';
import { isComplete } from './certificates.ts';
import { checkService } from './checks.ts';
import { PasswordMemo, checkPasswords } from './passwords.ts';
import { callReference, withoutCalls } from './plugin-calls.ts';
import { isPermitted, type Reference } from './references.ts';
import { idOf, type ToldRoute } from './route.ts';
import { plainUpstream, protocolOf } from './upstream.ts';
import { resolved, unresolved } from './verdict.ts';
import type { World } from './world.ts';

/** Follows the references of routes: says which hold, and adds to the world what they bring with them. */
export class Resolver {
  /** Upstreams of Service ports that routes name directly. */
  readonly #plain = new Map<string, Upstream>();
  readonly #confinedPlugins = new WeakMap<Plugin, { readonly denied: string; readonly plugin: Plugin }>();
  readonly #passwords = new PasswordMemo();
  readonly #variants = new WeakMap<Route, { readonly denied: string; readonly route: Route }>();

  /** Says which references hold; those that need a grant and have none are cut off as if their target did not exist. */
  resolve(
    told: ToldRoute,
    namespace: string,
    objects: ObjectSet,
    world: World,
  ): { route: Route; condition: ConditionState } {
    const denied = new Set<string>();
    let condition = resolved;
    for (const reference of told.references) {
      if (!isPermitted(objects, namespace, reference)) {
        denied.add(keyOf(reference.kind, reference.id));
        if (condition === resolved) {
          condition = unresolved(
            'RefNotPermitted',
            `${reference.field}: ${reference.kind} ${reference.id} is not found, or no ReferenceGrant there lets this route use it.`,
          );
        }
        continue;
      }
      const problem = this.#resolveOne(reference, told.route.hosts, objects, world);
      if (problem && condition === resolved) condition = problem;
    }
    const own = denied.size > 0 ? this.#without(told.route, denied) : told.route;
    const isDenied = (secret: string): boolean => denied.has(keyOf('Secret', secret));
    return { route: this.#passwords.fill(own, objects, isDenied), condition };
  }

  /** The same for what a plugin may call: a Service that it names becomes an upstream. */
  resolveCalls(
    plugin: Plugin,
    namespace: string,
    objects: ObjectSet,
    world: World,
  ): { plugin: Plugin; condition: ConditionState | undefined } {
    const denied = new Set<string>();
    let condition: ConditionState | undefined;
    for (const [i, grant] of plugin.capabilities.upstreams.entries()) {
      const reference = namespace === '' ? undefined : callReference(grant, i);
      if (!reference) continue;
      if (isPermitted(objects, namespace, reference, 'WasmPlugin')) {
        condition ??= this.#resolveOne(reference, [], objects, world);
        continue;
      }
      denied.add(grant);
      condition ??= unresolved(
        'RefNotPermitted',
        `${reference.field}: ${reference.kind} ${reference.id} is not found, or no ReferenceGrant there lets this plugin call it.`,
      );
    }
    return { plugin: denied.size > 0 ? this.#confined(plugin, denied) : plugin, condition };
  }

  #confined(plugin: Plugin, denied: ReadonlySet<string>): Plugin {
    const key = [...denied].join();
    const known = this.#confinedPlugins.get(plugin);
    if (known?.denied === key) return known.plugin;
    const confined = withoutCalls(plugin, denied);
    this.#confinedPlugins.set(plugin, { denied: key, plugin: confined });
    return confined;
  }

  #resolveOne(
    reference: Reference,
    hosts: readonly string[],
    objects: ObjectSet,
    world: World,
  ): ConditionState | undefined {
    const { kind, id, field, namespace, name, port, use } = reference;
    switch (kind) {
      case 'LoomUpstream':
        if (world.upstreams.has(id)) return undefined;
        return unresolved('UpstreamNotFound', `${field}: there is no LoomUpstream ${id}.`);
      case 'WasmPlugin':
        if (world.plugins.has(id)) return undefined;
        return unresolved('PluginNotFound', `${field}: there is no WasmPlugin ${id}.`);
      case 'Service': {
        const service = idOf(namespace, name);
        const told = objects.Service.get(service)?.spec?.ports?.find((p) => p.port === port)?.appProtocol;
        let upstream = this.#plain.get(id);
        if (!upstream || (upstream.protocol ?? 'Http') !== protocolOf(told))
          this.#plain.set(id, (upstream = plainUpstream(id, service, told)));
        world.upstreams.set(id, upstream);
        world.backings.set(id, { service, port: port ?? 0 });
        return checkService(objects.Service.get(service), service, port ?? 0, field);
      }
      case 'Secret': {
        if (use === 'passwords') {
          world.passwordSecrets.add(id);
          return checkPasswords(objects.Secret.get(id), id, field);
        }
        const others = world.tls.get(id);
        if (others) others.push(hosts);
        else world.tls.set(id, [hosts]);
        const secret = objects.Secret.get(id);
        if (!secret) return unresolved('SecretNotFound', `${field}: there is no Secret ${id}.`);
        if (isComplete(secret)) return undefined;
        return unresolved('InvalidCertificate', `${field}: the Secret ${id} lacks tls.crt or tls.key.`);
      }
    }
  }

  #without(route: Route, denied: ReadonlySet<string>): Route {
    const key = [...denied].toSorted().join();
    const known = this.#variants.get(route);
    if (known?.denied === key) return known.route;
    const cut = (id: string, ...kinds: readonly Reference['kind'][]): string =>
      kinds.some((kind) => denied.has(keyOf(kind, id))) ? `(not permitted) ${id}` : id;
    const variant: Route = {
      ...route,
      rules: route.rules.map((rule) => ({
        ...rule,
        plugins: rule.plugins.map((use) => ({ ...use, plugin: cut(use.plugin, 'WasmPlugin') })),
        middleware: cutUpstreams(rule.middleware, (id) => cut(id, 'LoomUpstream', 'Service')),
        action:
          rule.action.type === 'respond'
            ? rule.action
            : {
                type: 'forward',
                backends: rule.action.backends.map((b) => ({
                  ...b,
                  upstream: cut(b.upstream, 'LoomUpstream', 'Service'),
                })),
              },
      })),
    };
    this.#variants.set(route, { denied: key, route: variant });
    return variant;
  }

  /** No route names that upstream any more. */
  forget(id: string): void {
    this.#plain.delete(id);
  }
}

/** Objects of two kinds may have the same id; a grant for one says nothing of the other. */
const keyOf = (kind: Reference['kind'], id: string): string => `${kind} ${id}`;

/** The settings of a rule's middlewares without the upstreams that it may not use. */
function cutUpstreams(middleware: Rule['middleware'], cut: (id: string) => string): Rule['middleware'] {
  const mirrors = middleware['mirrors'] as readonly Mirror[] | undefined;
  const auth = middleware['externalAuth'] as ExternalAuth | undefined;
  return {
    ...middleware,
    ...(mirrors && { mirrors: mirrors.map((one) => ({ ...one, upstream: cut(one.upstream) })) }),
    ...(auth && { externalAuth: { ...auth, upstream: cut(auth.upstream) } }),
  };
}
