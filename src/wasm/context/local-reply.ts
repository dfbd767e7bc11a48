import type { Exchange } from '../../http/exchange.ts';
import { HeaderList } from '../../http/headers.ts';
import type { Reply } from '../../middleware/middleware.ts';
import { framesMessage, legalField } from './message-headers.ts';

/** gRPC status by HTTP status, as the gRPC protocol's "HTTP to gRPC Status Code Mapping". */
const grpcStatus: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
};
const unknown = 2;

/**
 * The answer of proxy_send_local_response. Illegal fields and those that frame the message are left out; a status outside
 * 200 to 599 becomes 500 (Envoy would put it on the wire). A gRPC request gets its answer as a status, in the head alone.
 */
export function localReply(
  exchange: Exchange,
  code: number,
  body: Buffer,
  pairs: readonly string[],
  grpc: number,
): Reply {
  const status = code >= 200 && code <= 599 ? code : 500;
  const headers = new HeaderList();
  for (let i = 0; i < pairs.length; i += 2) {
    const name = (pairs[i] as string).toLowerCase();
    const text = pairs[i + 1] as string;
    if (!framesMessage(name) && legalField(name, text)) headers.append(name, text);
  }
  if (exchange.request.headers.get('content-type')?.startsWith('application/grpc')) {
    headers.set('content-type', 'application/grpc');
    headers.set('grpc-status', String(grpc >= 0 ? grpc : (grpcStatus[status] ?? unknown)));
    if (body.length > 0) headers.set('grpc-message', percentEncode(body));
    return { head: { status: 200, headers }, body: undefined };
  }
  // 204 and 304 end with their head (RFC 9110 sections 15.3.5 and 15.4.5).
  if (status === 204 || status === 304) return { head: { status, headers }, body: undefined };
  if (body.length > 0 && !headers.has('content-type')) headers.append('content-type', 'text/plain');
  headers.append('content-length', String(body.length));
  return { head: { status, headers }, body };
}

/** grpc-message: printable ASCII but `%` stands for itself, every other byte is %XX. */
function percentEncode(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    text += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}
