import type { Attributes } from '@opentelemetry/api';
import type { Exchange } from '../../http/exchange.ts';
import type { Redaction } from '../access-log/redaction.ts';

/** Those that the semantic conventions for HTTP know; any other could be a new name for each request. */
const knownMethods = new Set('CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE'.split(' '));
export const methodName = (method: string): string => (knownMethods.has(method) ? method : 'HTTP');

const methodAttributes = (method: string): Attributes =>
  knownMethods.has(method)
    ? { 'http.request.method': method }
    : { 'http.request.method': '_OTHER', 'http.request.method_original': method };

/** Property of the exchange whose parts plugins set, as Higress has it. */
const tagPrefix = 'trace_span_tag.';

/** OpenTelemetry semantic conventions, HTTP server; what is Loom's own begins with `loom.`. `status` 0: no response was sent. */
export function serverAttributes(exchange: Exchange, status: number, redaction: Redaction): Attributes {
  const { original, client, request, notes } = exchange;
  const { host, port } = splitAuthority(original.authority);
  const userAgent = request.headers.get('user-agent');
  const attributes: Attributes = {
    ...methodAttributes(original.method),
    'url.scheme': request.scheme,
    'url.path': original.path,
    'server.address': host,
    'client.address': client.address,
    'network.protocol.version': exchange.wire.version,
    'http.request.body.size': exchange.requestBytes,
    'http.response.body.size': exchange.responseBytes,
    'loom.listener': exchange.listener,
    'loom.request_id': exchange.id,
  };
  if (original.query !== '') attributes['url.query'] = redaction.query(original.query);
  if (port > 0) attributes['server.port'] = port;
  if (client.port > 0) attributes['client.port'] = client.port;
  if (userAgent !== undefined) attributes['user_agent.original'] = userAgent;
  if (status > 0) attributes['http.response.status_code'] = status;
  if (exchange.route !== '') attributes['loom.route'] = exchange.route;
  if (exchange.rule !== '') attributes['loom.rule'] = exchange.rule;
  if (exchange.upstream !== '') attributes['loom.upstream'] = exchange.upstream;
  if (exchange.errorCode) attributes['loom.error'] = exchange.errorCode;
  if (status === 0 || status >= 500) attributes['error.type'] = exchange.errorCode ?? String(status);
  for (const name in notes)
    if (name.startsWith(tagPrefix)) attributes[name.slice(tagPrefix.length)] = notes[name];
  return attributes;
}

/** The same for HTTP clients, of one try. */
export function clientAttributes(
  { request }: Exchange,
  attempt: {
    readonly upstream: string;
    readonly scheme: string;
    readonly endpoint: string;
    readonly resends: number;
  },
  redaction: Redaction,
): Attributes {
  const { upstream, scheme, endpoint, resends } = attempt;
  const { host, port } = splitAuthority(endpoint);
  const query = request.query === '' ? '' : `?${redaction.query(request.query)}`;
  const attributes: Attributes = {
    ...methodAttributes(request.method),
    'url.full': `${scheme}://${request.authority}${request.path}${query}`,
    'server.address': host,
    'server.port': port,
    'loom.upstream': upstream,
  };
  if (resends > 0) attributes['http.request.resend_count'] = resends;
  return attributes;
}

/** Port 0: none was said. */
function splitAuthority(authority: string): { readonly host: string; readonly port: number } {
  const [, v6, name = '', port] = /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]+))?$/.exec(authority) ?? [];
  return { host: v6 ?? (name || authority), port: Number(port ?? 0) };
}
