import type {
  LoomRouteSpec,
  LoomRouteSpecRule,
  LoomRouteSpecRuleBackend,
  LoomRouteSpecRuleMatch,
} from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import { toRetries } from './retries.ts';
import { configText } from './plugin.ts';
import type { Action, Match, Mirror, Route, Rule, ValueMatch } from '../../model/model.ts';
import type { Reference } from './references.ts';

/** A route as its object says it, with all that it refers to. */
export interface ToldRoute {
  readonly route: Route;
  readonly references: readonly Reference[];
}

export interface Origin {
  readonly id: string;
  readonly namespace: string;
  readonly created: string;
}

const everything: Match = { path: { type: 'Prefix', value: '/' }, methods: [], headers: [], query: [] };
const defaultTimeouts = { requestMs: 0, responseMs: 60_000, idleMs: 60_000 };

/** The id that an object of that name has in the model. */
export function idOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function toRoute(spec: LoomRouteSpec, { id, namespace, created }: Origin): ToldRoute {
  const references: Reference[] = [];
  const rules = spec.rules.map((rule, i) => toRule(rule, namespace, `spec.rules[${i}]`, references));
  if (spec.tls) {
    const { secretRef } = spec.tls;
    const at = secretRef.namespace ?? namespace;
    references.push({
      kind: 'Secret',
      id: idOf(at, secretRef.name),
      namespace: at,
      name: secretRef.name,
      field: 'spec.tls.secretRef',
    });
  }
  return { route: { id, created, hosts: spec.hosts ?? [], rules }, references };
}

function toRule(rule: LoomRouteSpecRule, namespace: string, field: string, references: Reference[]): Rule {
  const { timeouts } = rule;
  return {
    name: rule.name,
    matches: rule.matches?.map(toMatch) ?? [everything],
    action: toAction(rule, namespace, field, references),
    plugins: (rule.plugins ?? []).map((use, i) => {
      const at = use.namespace ?? namespace;
      const id = idOf(at, use.name);
      references.push({
        kind: 'WasmPlugin',
        id,
        namespace: at,
        name: use.name,
        field: `${field}.plugins[${i}]`,
      });
      return use.config === undefined ? { plugin: id } : { plugin: id, config: configText(use.config) };
    }),
    timeouts: {
      requestMs: timeouts?.request === undefined ? defaultTimeouts.requestMs : toMs(timeouts.request),
      responseMs: timeouts?.response === undefined ? defaultTimeouts.responseMs : toMs(timeouts.response),
      idleMs: timeouts?.idle === undefined ? defaultTimeouts.idleMs : toMs(timeouts.idle),
      ...(timeouts?.tunnel === undefined ? {} : { tunnelMs: toMs(timeouts.tunnel) }),
      ...(timeouts?.perTry === undefined ? {} : { perTryMs: toMs(timeouts.perTry) }),
      ...(timeouts?.stream === undefined ? {} : { streamMs: toMs(timeouts.stream) }),
    },
    ...(rule.retries && { retries: toRetries(rule.retries) }),
    ...(rule.maxRequestBodyBytes === undefined ? {} : { maxRequestBodyBytes: rule.maxRequestBodyBytes }),
    middleware: middlewareOf(rule, namespace, field, references),
  };
}

/** The fields of a rule that are settings of a middleware of the same name. */
export const middlewareFields = [
  'compression',
  'cors',
  'directResponse',
  'errorResponses',
  'faults',
  'ipAccess',
  'jwt',
  'mirrors',
  'rateLimits',
  'redirect',
  'requestHeaders',
  'responseHeaders',
  'rewrite',
] as const;

function middlewareOf(
  rule: LoomRouteSpecRule,
  namespace: string,
  field: string,
  references: Reference[],
): Record<string, unknown> {
  const used = middlewareFields.filter((name) => rule[name] !== undefined);
  const settings: Record<string, unknown> = Object.fromEntries(used.map((name) => [name, rule[name]]));
  if (rule.mirrors)
    settings['mirrors'] = rule.mirrors.map((mirror, i): Mirror => ({
      upstream: upstreamOf(mirror, namespace, `${field}.mirrors[${i}]`, references),
      percent: mirror.percent,
    }));
  return settings;
}

function toMatch(match: LoomRouteSpecRuleMatch): Match {
  return {
    path: match.path ? { type: match.path.type, value: match.path.value } : everything.path,
    methods: match.methods ?? [],
    headers: (match.headers ?? []).map((header) => toValueMatch(header, header.name.toLowerCase())),
    query: (match.query ?? []).map((parameter) => toValueMatch(parameter, parameter.name)),
  };
}

function toValueMatch(
  { type, value }: { type: ValueMatch['type']; value?: string },
  name: string,
): ValueMatch {
  return { name, type, value: value ?? '' };
}

function toAction(
  rule: LoomRouteSpecRule,
  namespace: string,
  field: string,
  references: Reference[],
): Action {
  if (!rule.backends) return { type: 'respond' };
  const backends = rule.backends.map((backend, i) => ({
    upstream: upstreamOf(backend, namespace, `${field}.backends[${i}]`, references),
    weight: backend.weight,
  }));
  return { type: 'forward', backends };
}

/** The id of the upstream that a backend or mirror names. */
function upstreamOf(
  { upstreamRef, serviceRef }: Pick<LoomRouteSpecRuleBackend, 'upstreamRef' | 'serviceRef'>,
  namespace: string,
  field: string,
  references: Reference[],
): string {
  const ref = upstreamRef ?? serviceRef;
  const at = ref?.namespace ?? namespace;
  const name = ref?.name ?? '';
  const id = serviceRef ? `${idOf(at, name)}:${serviceRef.port}` : idOf(at, name);
  references.push({
    kind: serviceRef ? 'Service' : 'LoomUpstream',
    id,
    namespace: at,
    name,
    ...(serviceRef ? { port: serviceRef.port } : {}),
    field: `${field}.${serviceRef ? 'serviceRef' : 'upstreamRef'}`,
  });
  return id;
}
