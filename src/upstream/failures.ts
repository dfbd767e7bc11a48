import { LoomError, type ErrorCode } from '../errors.ts';

/** Codes of undici and of the system. */
const known: Readonly<Record<string, ErrorCode>> = {
  // Headers that a plugin made and HTTP cannot carry: no fault of the upstream, nothing to try again.
  UND_ERR_INVALID_ARG: 'internal',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'response-timeout',
  UND_ERR_BODY_TIMEOUT: 'idle-timeout',
  UND_ERR_HEADERS_OVERFLOW: 'upstream-protocol',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'upstream-protocol',
  UND_ERR_SOCKET: 'upstream-reset',
};

/** `sent`: the request may have reached the upstream. */
export function toLoomError(error: Error & { code?: unknown }, sent: boolean): LoomError {
  if (error instanceof LoomError) return error;
  const code = typeof error.code === 'string' ? error.code : '';
  // Several addresses of one name fail as one error, without a message of its own.
  const detail =
    error instanceof AggregateError && !error.message ? code || String(error.errors[0]) : error.message;
  const mapped = known[code];
  // undici's parser gives the code of llhttp only sometimes.
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError')
    return new LoomError('upstream-protocol', detail, error);
  if (mapped && (sent || mapped.startsWith('connect') || mapped === 'internal'))
    return new LoomError(mapped, detail, error);
  return new LoomError(sent ? 'upstream-reset' : 'connect-failed', detail, error);
}
