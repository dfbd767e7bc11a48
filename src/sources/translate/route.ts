import type {
  LoomRouteSpec,
  LoomRouteSpecRule,
  LoomRouteSpecRuleBackend,
  LoomRouteSpecRuleBasicAuth,
  LoomRouteSpecRuleExternalAuth,
  LoomRouteSpecRuleMatch,
  LoomRouteSpecRuleTimeouts,
} from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import { toRetries } from './retries.ts';
import { configText } from './plugin.ts';
import type {
  Action,
  BasicAuth,
  ExternalAuth,
  Match,
  Mirror,
  Route,
  Rule,
  Timeouts,
  ValueMatch,
} from '../../model/model.ts';
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

/** What most rules have is one object for all of them, here and, since a clone keeps that, in the workers. */
const none: readonly never[] = [];
const everything: Match = {
  path: { type: 'Prefix', value: '/' },
  methods: none,
  headers: none,
  query: none,
};
const defaultTimeouts: Timeouts = { requestMs: 0, responseMs: 60_000, idleMs: 60_000 };
const respond: Action = { type: 'respond' };

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
    plugins: mapped(rule.plugins, (use, i) => {
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
    timeouts: timeouts ? toTimeouts(timeouts) : defaultTimeouts,
    ...(rule.priority !== 'Normal' && { priority: rule.priority }),
    ...(rule.retries && { retries: toRetries(rule.retries) }),
    ...(rule.maxRequestBodyBytes === undefined ? {} : { maxRequestBodyBytes: rule.maxRequestBodyBytes }),
    middleware: middlewareOf(rule, namespace, field, references),
  };
}

function toTimeouts({
  request,
  response,
  idle,
  tunnel,
  perTry,
  stream,
}: LoomRouteSpecRuleTimeouts): Timeouts {
  return {
    requestMs: request === undefined ? defaultTimeouts.requestMs : toMs(request),
    responseMs: response === undefined ? defaultTimeouts.responseMs : toMs(response),
    idleMs: idle === undefined ? defaultTimeouts.idleMs : toMs(idle),
    ...(tunnel === undefined ? {} : { tunnelMs: toMs(tunnel) }),
    ...(perTry === undefined ? {} : { perTryMs: toMs(perTry) }),
    ...(stream === undefined ? {} : { streamMs: toMs(stream) }),
  };
}

/** `none` for what is empty. */
function mapped<T, U>(values: readonly T[] | undefined, map: (value: T, i: number) => U): readonly U[] {
  return values?.length ? values.map(map) : none;
}

/** The fields of a rule that are settings of a middleware of the same name. */
export const middlewareFields = [
  'basicAuth',
  'compression',
  'cors',
  'decompression',
  'directResponse',
  'errorResponses',
  'externalAuth',
  'faults',
  'ipAccess',
  'jwt',
  'mirrors',
  'rateLimits',
  'redirect',
  'requestHeaders',
  'responseHeaders',
  'rewrite',
  'tracing',
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
  if (rule.basicAuth)
    settings['basicAuth'] = toBasicAuth(rule.basicAuth, namespace, `${field}.basicAuth`, references);
  if (rule.externalAuth)
    settings['externalAuth'] = toExternalAuth(
      rule.externalAuth,
      upstreamOf(rule.externalAuth, namespace, `${field}.externalAuth`, references),
    );
  return settings;
}

function toExternalAuth(spec: LoomRouteSpecRuleExternalAuth, upstream: string): ExternalAuth {
  const lower = (names: readonly string[] = []): string[] => names.map((name) => name.toLowerCase());
  const { path, pathPrefix, preserveMethod, host, requestHeaders, refusalHeaders } = spec;
  return {
    upstream,
    path: pathPrefix ?? path ?? '/',
    isPrefix: pathPrefix !== undefined,
    preserveMethod,
    ...(host !== undefined && { host: host.toLowerCase() }),
    ...(requestHeaders && { requestHeaders: lower(requestHeaders) }),
    upstreamHeaders: lower(spec.upstreamHeaders),
    responseHeaders: lower(spec.responseHeaders),
    ...(refusalHeaders && { refusalHeaders: lower(refusalHeaders) }),
    timeoutMs: toMs(spec.timeout),
    failOpen: spec.failOpen,
    maxBodyBytes: spec.maxBodyBytes,
  };
}

function toBasicAuth(
  { secretRef, ...rest }: LoomRouteSpecRuleBasicAuth,
  namespace: string,
  field: string,
  references: Reference[],
): BasicAuth {
  if (!secretRef) return rest;
  const at = secretRef.namespace ?? namespace;
  const id = idOf(at, secretRef.name);
  references.push({
    kind: 'Secret',
    use: 'passwords',
    id,
    namespace: at,
    name: secretRef.name,
    field: `${field}.secretRef`,
  });
  return { secret: id, ...rest };
}

function toMatch(match: LoomRouteSpecRuleMatch): Match {
  return {
    path: match.path ? { type: match.path.type, value: match.path.value } : everything.path,
    methods: match.methods?.length ? match.methods : none,
    headers: mapped(match.headers, (header) => toValueMatch(header, header.name.toLowerCase())),
    query: mapped(match.query, (parameter) => toValueMatch(parameter, parameter.name)),
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
  if (!rule.backends) return respond;
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
