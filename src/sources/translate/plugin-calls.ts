import type { Plugin } from '../../model/plugin.ts';
import type { Reference } from './references.ts';

/** A port of a Service: its DNS name, also without the domain of the cluster, or its id. */
const dnsName = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?:(\d{1,5})$/;
const portId = /^([^/:]+)\/([^/:]+):(\d{1,5})$/;
/** A LoomUpstream or an annotated Service. */
const upstreamId = /^([^/:]+)\/([^/:]+)$/;

/** The object that a name of `capabilities.upstreams` means; `*` and `host:port` mean none. */
export function callReference(grant: string, i: number): Reference | undefined {
  const field = `spec.capabilities.upstreams[${i}]`;
  const [, service, of, port] = dnsName.exec(grant) ?? [];
  if (service && of && port) return toService(of, service, port, field);
  const [, namespace, name, number] = portId.exec(grant) ?? upstreamId.exec(grant) ?? [];
  if (!namespace || !name) return undefined;
  if (number) return toService(namespace, name, number, field);
  return { kind: 'LoomUpstream', id: grant, namespace, name, field };
}

const toService = (namespace: string, name: string, port: string, field: string): Reference => ({
  kind: 'Service',
  id: `${namespace}/${name}:${port}`,
  namespace,
  name,
  port: Number(port),
  field,
});

/** The plugin without some of what it may call. The names stay, for those who look into it, and lead nowhere. */
export function withoutCalls(plugin: Plugin, denied: ReadonlySet<string>): Plugin {
  const upstreams = plugin.capabilities.upstreams.map((grant) =>
    denied.has(grant) ? `(not permitted) ${grant}` : grant,
  );
  return { ...plugin, capabilities: { ...plugin.capabilities, upstreams } };
}
