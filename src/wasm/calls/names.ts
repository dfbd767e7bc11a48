import { withoutBrackets } from '../../host.ts';

/** What a plugin's name for something to call may lead to, in the order in which it is tried. */
export interface Allowed {
  /** Ids of upstreams that the plugin may call; those that exist count. */
  readonly upstreams: readonly string[];
  /** Where no upstream has one of the ids. */
  readonly address?: { readonly host: string; readonly port: number };
  /** What the name could have led to with another grant; for people. */
  readonly wanted: string;
}

/** Istio's and Higress' names of clusters: `outbound|port|subset|host`. */
const cluster = /^outbound\|(\d{1,5})\|[^|]*\|([^|]+)$/;
const hostPort = /^(\[[0-9A-Fa-f:.]+\]|[^[\]:/|\s]+):(\d{1,5})$/;
const service = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/;
const shortDomain = /\.svc(:\d+)$/;
/** Registries of Higress; here they are upstreams of the same name. */
const registry = /^(.+)\.(?:dns|static)$/;

/**
 * Resolves a name as plugins have it: the id of an upstream, its name in the plugin's namespace, `host:port`, or a cluster of
 * Istio or Higress. `grants` are those of `Capabilities.upstreams`; a name leads only where one of them allows it.
 */
export function resolveName(name: string, plugin: string, grants: readonly string[]): Allowed {
  const slash = plugin.indexOf('/');
  const namespace = slash < 0 ? '' : plugin.slice(0, slash);
  const own = (upstream: string): string => (namespace === '' ? upstream : `${namespace}/${upstream}`);
  // Other namespaces have a say in who uses what is theirs: their upstreams are named one by one.
  const within = grants.includes('*') ? own('') : undefined;
  const may = (id: string): boolean => grants.includes(id) || (within !== undefined && id.startsWith(within));

  const outbound = cluster.exec(name);
  const parts = outbound ? [outbound[2], outbound[1]] : hostPort.exec(name)?.slice(1);
  if (!parts) {
    const id = name.includes('/') ? name : own(name);
    return { upstreams: may(id) ? [id] : [], wanted: id };
  }
  const host = (parts[0] as string).toLowerCase();
  const port = Number(parts[1]);
  const [, serviceName, serviceNamespace] = service.exec(host) ?? [];
  const registered = outbound && registry.exec(host)?.[1];
  const canonical = serviceName
    ? `${serviceName}.${serviceNamespace}.svc.cluster.local:${port}`
    : `${host}:${port}`;
  const exact = grants.some((grant) => grant.replace(shortDomain, '.svc.cluster.local$1') === canonical);

  const upstreams: string[] = [];
  if (serviceName) {
    const ids = [`${serviceNamespace}/${serviceName}:${port}`, `${serviceNamespace}/${serviceName}`];
    if (exact || may(ids[0] as string)) upstreams.push(ids[0] as string);
    if (may(ids[1] as string)) upstreams.push(ids[1] as string);
    // A loom.yaml knows no namespaces.
    if (namespace === '' && may(serviceName)) upstreams.push(serviceName);
  } else if (registered && (exact || may(own(registered)))) upstreams.push(own(registered));
  return {
    upstreams,
    ...(exact && !registered ? { address: { host: withoutBrackets(host), port } } : {}),
    wanted: registered ? own(registered) : canonical,
  };
}
