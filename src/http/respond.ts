import { errors, type LoomError } from '../errors.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { Exchange } from './exchange.ts';
import { grpcMessage, grpcStatusOf, isGrpc } from './grpc.ts';
import { HeaderList } from './headers.ts';

/** After these the rest of the connection cannot be trusted, or is not worth reading (RFC 9112 section 9.6). */
const closing = new Set([400, 408, 413, 414, 431, 501]);

/**
 * The one place where a failure becomes a response: a short body with the code, for clients that ask for JSON as JSON, and for
 * those of gRPC a head without a body that says it in its way.
 * Details stay in the log.
 */
export function errorReply(error: LoomError, exchange: Exchange): Reply {
  const { status, message } = errors[error.code];
  if (!exchange.wire.version.startsWith('1') && isGrpc(exchange.request.headers))
    return grpcReply(grpcStatusOf(status), `${error.code}: ${message}`);
  const asJson = exchange.request.headers.get('accept')?.includes('application/json') ?? false;
  const text = asJson
    ? `${JSON.stringify({ error: error.code, message, requestId: exchange.id })}\n`
    : `${error.code}: ${message}\n`;
  const body = Buffer.from(text);
  const type = asJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8';
  const headers = new HeaderList(['content-type', type, 'content-length', String(body.length)]);
  if (error.retryAfterMs !== undefined)
    headers.append('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  if (error.authenticate !== undefined) headers.append('www-authenticate', error.authenticate);
  if (closing.has(status)) headers.append('connection', 'close');
  return { head: { status, headers }, body };
}

/** Trailers-only ("gRPC over HTTP2", Responses): HTTP itself has succeeded. */
function grpcReply(status: number, message: string): Reply {
  const headers = new HeaderList(['content-type', 'application/grpc']);
  headers.append('grpc-status', String(status));
  headers.append('grpc-message', grpcMessage(message));
  return { head: { status: 200, headers }, body: undefined };
}
