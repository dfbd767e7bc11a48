import type { KubeObject, Service } from '../../api/core.ts';
import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import type { Upstream } from '../../model/upstream.ts';
import { fieldOf, type Problem } from '../../model/problem.ts';
import { validate } from '../../model/validate.ts';
import type { Warning } from '../objects.ts';
import { expandTexts } from '../shorthand.ts';
import { noCompat, readCompat } from './compat-annotations.ts';
import { toRoute, type ToldRoute } from './route.ts';
import { protocolOf, toUpstream } from './upstream.ts';

/** What the annotations of a Service ask for. */
export interface ToldService {
  readonly key: string;
  readonly namespace: string;
  readonly upstream:
    | { readonly upstream: Upstream; readonly spec: LoomUpstreamSpec; readonly port: number }
    | undefined;
  readonly routes: readonly ToldRoute[];
  readonly warnings: readonly Warning[];
}

type Fields = Record<string, string>;

const prefix = 'loom.dev/';
/** Read elsewhere. */
const others = new Set([`${prefix}class`]);
const portOf = ({
  metadata,
  spec,
}: Service): { readonly port: number; readonly name?: string } | undefined => {
  const text = metadata.annotations?.[`${prefix}upstream.port`];
  return spec?.ports?.find((one) => String(one.port) === text || one.name === text) ?? spec?.ports?.[0];
};

/**
 * Reads `loom.dev/upstream`, `loom.dev/upstream.<field>` and `loom.dev/route.<name>.<field>`; fields are spelled as in
 * loom.yaml or as in the CRD. A bad annotation is named in a warning. A bad field of the upstream is left out, so that the
 * rest goes on; a route with a bad field stays as it last was, since a route without its path or host would be another one.
 */
export class AnnotationReader {
  readonly #compat: boolean;
  /** By Service, then by the id of the route. */
  readonly #lastGood = new Map<string, ReadonlyMap<string, ToldRoute>>();

  /** `compat`: annotations of other gateways count too. */
  constructor(compat = false) {
    this.#compat = compat;
  }

  read(key: string, service: Service): ToldService | undefined {
    const foreign = this.#compat ? readCompat(service.metadata.annotations ?? {}, portOf(service)) : noCompat;
    const groups = groupsOf(service, foreign.own);
    const last = this.#lastGood.get(key);
    // A route that no annotation asks for any more is forgotten: a later bad one must not bring it back.
    this.#lastGood.delete(key);
    const { namespace = '', creationTimestamp: created = '' } = service.metadata;
    const warnings: Warning[] = (groups?.unknown ?? []).map((name) => warn(name, 'is not known'));
    for (const { name, message } of foreign.problems) warnings.push(warn(name, message));
    if (!groups)
      return warnings.length > 0 ? { key, namespace, upstream: undefined, routes: [], warnings } : undefined;
    const wanted = groups.switch === 'true';
    if (groups.switch !== undefined && !wanted && groups.switch !== 'false') {
      warnings.push(warn(`${prefix}upstream`, 'must be "true" or "false"'));
    }
    const routed = wanted || groups.routes.size > 0;
    const upstream = routed ? this.#upstream(key, service, groups.upstream, warnings) : undefined;
    if (!routed && Object.keys(groups.upstream).length > 0) {
      warnings.push(warn(`${prefix}upstream`, 'must be "true" for the annotations below it to count'));
    }
    const routes: ToldRoute[] = [];
    for (const [name, fields] of groups.routes) {
      const id = `${key}.${name}`;
      const told = readRoute(
        id,
        name,
        this.#aimed(name, service, fields, warnings),
        { namespace, created },
        warnings,
      );
      const served = told ?? last?.get(id);
      if (served) routes.push(served);
    }
    if (routes.length > 0) this.#lastGood.set(key, new Map(routes.map((told) => [told.route.id, told])));
    return { key, namespace, upstream, routes, warnings: warnings.map((one) => foreign.named(one)) };
  }

  /** The fields of a route with its backend: the upstream that the Service is, or another port of it. */
  #aimed(name: string, service: Service, fields: Fields, warnings: Warning[]): Fields {
    const { port: text, ...rest } = fields;
    if (text === undefined) return { upstream: service.metadata.name, ...fields };
    const port = service.spec?.ports?.find((one) => String(one.port) === text || one.name === text)?.port;
    if (port !== undefined) {
      const backend = [{ serviceRef: { name: service.metadata.name, port } }];
      return { backends: JSON.stringify(backend), ...rest };
    }
    warnings.push(
      warn(`${prefix}route.${name}.port`, `names no port of the Service: ${JSON.stringify(text)}`),
    );
    return { upstream: service.metadata.name, ...rest };
  }

  /** The Service is gone. */
  forget(key: string): void {
    this.#lastGood.delete(key);
  }

  #upstream(key: string, service: Service, fields: Fields, warnings: Warning[]): ToldService['upstream'] {
    const ports = service.spec?.ports ?? [];
    const { port: text, ...rest } = fields;
    const named = ports.find((port) => String(port.port) === text || port.name === text);
    if (text !== undefined && !named) {
      warnings.push(warn(`${prefix}upstream.port`, `names no port of the Service: ${JSON.stringify(text)}`));
    }
    if (text === undefined && ports.length > 1) {
      warnings.push(
        warn(`${prefix}upstream.port`, `is missing; of the ${ports.length} ports the first is used`),
      );
    }
    const port = (named ?? ports[0])?.port;
    if (port === undefined) {
      warnings.push(warn(`${prefix}upstream`, 'cannot count: the Service has no port'));
      return undefined;
    }
    for (;;) {
      const { spec, problem } = readUpstream(service, port, rest);
      if (spec) {
        const { namespace = '', uid } = service.metadata;
        return { upstream: toUpstream(key, namespace, spec, uid), spec, port };
      }
      const bad = problem && Object.keys(rest).find((name) => isAbout(problem, name));
      warnings.push(warn(`${prefix}upstream${bad ? `.${bad}` : ''}`, problem?.message ?? 'is not valid'));
      if (bad === undefined) return undefined;
      delete rest[bad];
    }
  }
}

interface Groups {
  readonly switch: string | undefined;
  readonly upstream: Fields;
  readonly routes: ReadonlyMap<string, Fields>;
  readonly unknown: readonly string[];
}

/** `more`: annotations that others stand for; those that are written come before them. */
function groupsOf(service: Service, more: Readonly<Record<string, string>>): Groups | undefined {
  const all = { ...more, ...service.metadata.annotations };
  const own = Object.entries(all).filter(([name]) => name.startsWith(prefix) && !others.has(name));
  if (own.length === 0) return undefined;
  const upstream: Fields = {};
  const routes = new Map<string, Fields>();
  const unknown: string[] = [];
  let on: string | undefined;
  for (const [name, value] of own.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [group = '', ...path] = name.slice(prefix.length).split('.');
    if (group === 'upstream' && path.length === 0) on = value;
    else if (group === 'upstream') upstream[path.join('.')] = value;
    else if (group === 'route' && path.length >= 2) {
      const [route = '', ...field] = path;
      const fields = routes.get(route) ?? {};
      fields[field.join('.')] = value;
      routes.set(route, fields);
    } else unknown.push(name);
  }
  return { switch: on, upstream, routes, unknown };
}

/** The field of a written pointer begins with the name of the annotation, dots for slashes. */
const isAbout = (problem: Problem, name: string): boolean => {
  const field = fieldOf(problem.path);
  return (
    field === name ||
    field.startsWith(`${name}.`) ||
    field.startsWith(`${name}[`) ||
    name.startsWith(`${field}.`)
  );
};

function readUpstream(
  service: Service,
  port: number,
  fields: Fields,
): { spec?: LoomUpstreamSpec; problem?: Problem | undefined } {
  const { spec, problems, toWritten } = expandTexts('LoomUpstream', fields);
  if (problems[0]) return { problem: toWritten(problems[0]) };
  const said = service.spec?.ports?.find((p) => p.port === port)?.appProtocol;
  const whole = {
    protocol: protocolOf(said),
    ...(spec as object),
    serviceRef: { name: service.metadata.name, port },
  };
  const result = validate('LoomUpstream', objectOf('LoomUpstream', service, whole));
  if ('spec' in result) return { spec: result.spec };
  const [problem] = result.problems;
  return { problem: problem && toWritten(problem) };
}

function readRoute(
  id: string,
  name: string,
  fields: Fields,
  origin: { namespace: string; created: string },
  warnings: Warning[],
): ToldRoute | undefined {
  const { spec, problems, toWritten } = expandTexts('LoomRoute', fields);
  const object = { apiVersion: 'loom.dev/v1alpha1', kind: 'LoomRoute', metadata: { name: id }, spec };
  const result = problems.length > 0 ? { problems } : validate('LoomRoute', object as KubeObject);
  if ('spec' in result) return toRoute(result.spec, { id, ...origin });
  for (const problem of result.problems.map(toWritten)) {
    warnings.push(warn(`${prefix}route.${name}.${fieldOf(problem.path)}`, problem.message));
  }
  return undefined;
}

function objectOf(kind: string, service: Service, spec: object): KubeObject {
  return { apiVersion: 'loom.dev/v1alpha1', kind, metadata: service.metadata, spec } as KubeObject;
}

function warn(annotation: string, message: string): Warning {
  return { reason: 'InvalidAnnotation', message: `${annotation} ${message}` };
}
