import { LoomError } from '../../errors.ts';
import { connectionFields } from '../../http/connection-fields.ts';
import { isGrpc } from '../../http/grpc.ts';
import { illegalInValue } from '../../http/http1/head-text.ts';
import type { Outgoing } from '../request.ts';

/** What has no place in HTTP/2 (RFC 9113 section 8.2.2), should a plugin have made it; `te` is set anew. */
const dropped = new Set([...connectionFields, 'host', 'http2-settings', 'te']);

/** The head of a request as node:http2 takes it: [name, value, …]. Throws LoomError `internal` for what HTTP cannot carry. */
export function requestFields({ request, upgrade }: Outgoing, scheme: string): string[] {
  const { method, path, query, authority, headers } = request;
  const fields = [':method', upgrade ? 'CONNECT' : method, ':scheme', scheme, ':authority', authority];
  fields.push(':path', query === '' ? path : `${path}?${query}`);
  if (upgrade) fields.push(':protocol', upgrade.protocol);
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    const value = flat[i + 1] as string;
    // The key belongs to the handshake of HTTP/1 (RFC 8441 section 5).
    if (dropped.has(name) || (upgrade && name === 'sec-websocket-key')) continue;
    if (illegalInValue.test(value)) throw new LoomError('internal', `the value of ${name} cannot be sent`);
    fields.push(name, value);
  }
  // Servers of gRPC look here for proxies that would lose their trailers.
  if (isGrpc(headers)) fields.push('te', 'trailers');
  return fields;
}
