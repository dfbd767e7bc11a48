import type { Exchange, Peer } from '../../http/exchange.ts';
import {
  encodeBool,
  encodeInt,
  encodeMap,
  encodeMilliseconds,
  encodeText,
  type PropertyValue,
} from '../abi/property-value.ts';
import type { StreamContext } from '../context/context.ts';

/** Undefined: not known (yet), which a plugin sees as NOT_FOUND. */
export type PropertyReader = (stream: StreamContext) => PropertyValue | undefined;

const of =
  (read: (exchange: Exchange) => PropertyValue | undefined): PropertyReader =>
  ({ exchange }) =>
    read(exchange);

/** RFC 3986 authority form: IPv6 in brackets. */
const hostPort = ({ address, port }: Peer): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const bytesOf = (flat: readonly string[]): number => flat.reduce((sum, text) => sum + text.length, 0);
const known = (text: string): Buffer | undefined => (text === '' ? undefined : encodeText(text));

const routeName = of((x) => known(x.route));
const clusterName = of((x) => known(x.upstream));
/** Everything that Loom proxies comes in: `TrafficDirection.INBOUND` of Envoy. */
const inbound = of(() => encodeInt(1));

/**
 * Attributes of an exchange, by Envoy's names with dots. Strings are as they came off the wire, the rest as
 * `abi/property-value.ts` says. Names without a prefix are Envoy's older ones, which Higress' plugins still use.
 */
export const properties: Readonly<Record<string, PropertyReader>> = {
  'request.path': (s) => s.request.get(':path'),
  'request.url_path': (s) => s.request.get(':path')?.replace(/\?.*$/, ''),
  'request.host': (s) => s.request.get(':authority'),
  'request.scheme': (s) => s.request.get(':scheme'),
  'request.method': (s) => s.request.get(':method'),
  'request.query': (s) => (s.request.get(':path') === undefined ? undefined : s.exchange.request.query),
  'request.protocol': of((x) => `HTTP/${x.wire.version}`),
  'request.id': of((x) => x.request.headers.get('x-request-id') ?? (x.id === '' ? undefined : x.id)),
  'request.referer': (s) => s.request.get('referer'),
  'request.useragent': (s) => s.request.get('user-agent'),
  'request.headers': (s) => encodeMap(s.request.pairs()),
  'request.time': of((x) => encodeMilliseconds(x.receivedAt)),
  'request.duration': (s) =>
    s.ended ? encodeMilliseconds(performance.now() - s.exchange.startedAt) : undefined,
  'request.size': of((x) => encodeInt(x.requestBytes)),
  'request.total_size': (s) => encodeInt(s.exchange.requestBytes + s.request.byteLength),
  'request.headers_bytes': (s) => encodeInt(s.request.byteLength),
  'response.code': of((x) => x.response && encodeInt(x.response.status)),
  'response.code_details': (s) => (s.exchange.response ? s.details || 'via_upstream' : undefined),
  'response.headers': (s) => s.response && encodeMap(s.response.pairs()),
  'response.headers_bytes': of((x) => x.response && encodeInt(bytesOf(x.response.headers.flat))),
  'response.size': of((x) => x.response && encodeInt(x.responseBytes)),
  'response.backend_latency': of((x) => (x.upstreamMs >= 0 ? encodeMilliseconds(x.upstreamMs) : undefined)),
  'source.address': of((x) => hostPort(x.client)),
  'source.port': of((x) => encodeInt(x.client.port)),
  'destination.address': of((x) => hostPort(x.local)),
  'destination.port': of((x) => encodeInt(x.local.port)),
  // No listener asks for client certificates.
  'connection.mtls': of(() => encodeBool(false)),
  'upstream.address': of((x) => known(x.endpoint)),
  'upstream.request_attempt_count': of((x) => (x.attempts > 0 ? encodeInt(x.attempts) : undefined)),
  'xds.route_name': routeName,
  'xds.cluster_name': clusterName,
  'xds.listener_direction': inbound,
  route_name: routeName,
  cluster_name: clusterName,
  listener_direction: inbound,
};
