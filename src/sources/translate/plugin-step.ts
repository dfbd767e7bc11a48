import type { KubeObject } from '../../api/core.ts';
import type { ObjectSet } from '../objects.ts';
import { isOwn, type Scope } from '../scope.ts';
import { Admitter } from './admit.ts';
import { checkSource } from './checks.ts';
import { toPlugin } from './plugin.ts';
import type { Resolver } from './resolver.ts';
import { type Step, verdictOf } from './step.ts';
import { toTargets } from './targets.ts';
import { resolved } from './verdict.ts';
import type { World } from './world.ts';

/** WasmPlugins. */
export class PluginStep implements Step<'WasmPlugin'> {
  readonly kind = 'WasmPlugin';
  readonly #scope: Scope;
  readonly #resolver: Resolver;
  readonly #admitter = new Admitter('WasmPlugin', (spec, key, { namespace = '' }) => ({
    plugin: toPlugin(key, namespace, spec),
    targets: toTargets(key, namespace, spec),
  }));

  constructor(scope: Scope, resolver: Resolver) {
    this.#scope = scope;
    this.#resolver = resolver;
  }

  make(key: string, object: KubeObject | undefined, objects: ObjectSet, world: World): void {
    if (!object || !isOwn(object, this.#scope)) return this.#admitter.forget(key);
    const admission = this.#admitter.admit(key, object);
    let refs = resolved;
    if (admission.admitted) {
      const { plugin, targets } = admission.admitted;
      const { namespace = '' } = object.metadata;
      const calls = this.#resolver.resolveCalls(plugin, namespace, objects, world);
      world.plugins.set(key, calls.plugin);
      if (targets.length > 0) world.targets.set(namespace, targets);
      if ('pullSecret' in plugin.source && plugin.source.pullSecret)
        world.pullSecrets.add(plugin.source.pullSecret);
      refs = checkSource(plugin, objects) ?? calls.condition ?? resolved;
    }
    world.verdicts.set(`WasmPlugin:${key}`, verdictOf(object, key, admission, refs));
  }
}
