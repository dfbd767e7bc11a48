import type { TlsFacts } from '../../http/connection-facts.ts';
import type { Exchange, Peer } from '../../http/exchange.ts';
import { headersAttribute, textAttribute, Time, type Attribute } from '../abi/property-value.ts';
import { mapType } from '../abi/enums.ts';
import type { StreamContext } from '../context/context.ts';
import { responseFlags } from './response-flags.ts';

/** Undefined: not known (yet), which a plugin sees as NOT_FOUND. */
export type PropertyReader = (stream: StreamContext) => Attribute | undefined;

const of =
  (read: (exchange: Exchange) => Attribute | undefined): PropertyReader =>
  ({ exchange }) =>
    read(exchange);

/** RFC 3986 authority form: IPv6 in brackets. */
const hostPort = ({ address, port }: Peer): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const known = (text: string): string | undefined => (text === '' ? undefined : textAttribute(text));
const duration = (milliseconds: number): Time => new Time('duration', milliseconds);

/** A message of Envoy's that nothing is set in: it is there, and has no bytes. */
const emptyMessage: PropertyReader = () => Buffer.alloc(0);

/** From the path as the plugin may see it, so that a header grant holds here too. */
function splitPath({ request }: StreamContext): readonly [path: string, query: string] | undefined {
  const path = request.get(':path');
  if (path === undefined) return undefined;
  const mark = path.indexOf('?');
  return mark < 0 ? [path, ''] : [path.slice(0, mark), path.slice(mark + 1)];
}

/** Of the trailers, or of a head that ends the response. */
function grpcStatus(stream: StreamContext): number | undefined {
  const name = 'grpc-status';
  const text = stream.trailers(mapType.responseTrailers)?.get(name) ?? stream.response?.get(name);
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

const requestId = (s: StreamContext): string | undefined =>
  s.request.get('x-request-id') ?? known(s.exchange.id);
const routeName = of((x) => known(x.route));
/** Known before one is chosen when there is no choice: plugins of Higress match their rules by it on the way in. */
const clusterName = of(({ upstream, backends }) =>
  known(upstream || (backends?.length === 1 ? (backends[0]?.id ?? '') : '')),
);
/** Everything that Loom proxies comes in: `TrafficDirection.INBOUND` of Envoy. */
const inbound: PropertyReader = () => 1;
const connectionId = of((x) => x.connection?.id);
const tls = (read: (facts: TlsFacts) => string | undefined): PropertyReader =>
  of(({ connection }) => {
    const facts = connection?.tls();
    return facts && known(read(facts) ?? '');
  });

/**
 * Attributes of an exchange, by Envoy's names with dots. Names without a prefix are Envoy's older ones, which Higress' plugins
 * still use. What repeats a header is read through the plugin's view of the headers, so that a grant holds here too.
 */
export const properties: Readonly<Record<string, PropertyReader>> = {
  'request.path': (s) => s.request.get(':path'),
  'request.url_path': (s) => splitPath(s)?.[0],
  'request.query': (s) => splitPath(s)?.[1],
  'request.host': (s) => s.request.get(':authority'),
  'request.scheme': (s) => s.request.get(':scheme'),
  'request.method': (s) => s.request.get(':method'),
  'request.protocol': of((x) => `HTTP/${x.wire.version}`),
  'request.id': requestId,
  'request.referer': (s) => s.request.get('referer'),
  'request.useragent': (s) => s.request.get('user-agent'),
  'request.headers': (s) => headersAttribute(s.request.pairs()),
  'request.time': of((x) => new Time('timestamp', x.receivedAt)),
  'request.duration': (s) => (s.ended ? duration(performance.now() - s.exchange.startedAt) : undefined),
  'request.size': of((x) => x.requestBytes),
  'request.total_size': (s) => s.exchange.requestBytes + s.request.byteLength,
  'request.headers_bytes': (s) => s.request.byteLength,
  'response.code': (s) => {
    const code = s.response?.get(':status');
    return code === undefined ? undefined : Number(code);
  },
  'response.code_details': (s) => (s.exchange.response ? s.details || 'via_upstream' : undefined),
  'response.headers': (s) => headersAttribute(s.response?.pairs() ?? []),
  'response.trailers': (s) => headersAttribute(s.trailers(mapType.responseTrailers)?.pairs() ?? []),
  'response.headers_bytes': (s) => s.response?.byteLength ?? 0,
  'response.size': of((x) => x.responseBytes),
  'response.total_size': (s) => s.exchange.responseBytes + (s.response?.byteLength ?? 0),
  'response.flags': of((x) => responseFlags(x.errorCode)),
  'response.grpc_status': grpcStatus,
  'response.backend_latency': of((x) => (x.upstreamMs >= 0 ? duration(x.upstreamMs) : undefined)),
  'source.address': of((x) => hostPort(x.client)),
  'source.port': of((x) => x.client.port),
  'destination.address': of((x) => hostPort(x.local)),
  'destination.port': of((x) => x.local.port),
  'connection.id': connectionId,
  'connection.mtls': of((x) => x.connection?.tls()?.client !== undefined),
  'connection.requested_server_name': of((x) => textAttribute(x.connection?.tls()?.serverName ?? '')),
  'connection.tls_version': tls((facts) => facts.version),
  'connection.subject_local_certificate': tls(({ local }) => local.subject),
  'connection.subject_peer_certificate': tls(({ client }) => client?.subject),
  'connection.dns_san_local_certificate': tls(({ local }) => local.dns[0]),
  'connection.dns_san_peer_certificate': tls(({ client }) => client?.dns[0]),
  'connection.uri_san_local_certificate': tls(({ local }) => local.uris[0]),
  'connection.uri_san_peer_certificate': tls(({ client }) => client?.uris[0]),
  'connection.sha256_peer_certificate_digest': tls(({ client }) => client?.sha256),
  'upstream.address': of((x) => known(x.endpoint)),
  'upstream.port': of((x) => Number(/:(\d+)$/.exec(x.endpoint)?.[1] ?? Number.NaN) || undefined),
  'upstream.request_attempt_count': of((x) => (x.attempts > 0 ? x.attempts : undefined)),
  metadata: emptyMessage,
  'xds.route_name': routeName,
  'xds.cluster_name': clusterName,
  'xds.filter_chain_name': of((x) => known(x.listener)),
  'xds.listener_direction': inbound,
  'xds.cluster_metadata': emptyMessage,
  'xds.route_metadata': emptyMessage,
  'xds.virtual_host_metadata': emptyMessage,
  'xds.listener_metadata': emptyMessage,
  'xds.upstream_host_metadata': emptyMessage,
  connection_id: connectionId,
  route_name: routeName,
  cluster_name: clusterName,
  listener_direction: inbound,
  cluster_metadata: emptyMessage,
  route_metadata: emptyMessage,
  listener_metadata: emptyMessage,
  upstream_host_metadata: emptyMessage,
  x_request_id: requestId,
};
