import { LoomError } from '../../errors.ts';
import { SupplyError, type SupplyReason } from '../supply-error.ts';

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ENOTFOUND: 'has no address',
  EAI_AGAIN: 'has no address at the moment',
  UND_ERR_CONNECT_TIMEOUT: 'does not accept a connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'does not answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of its answer',
  UND_ERR_SOCKET: 'closed the connection too early',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent less than it announced',
  ECONNRESET: 'closed the connection too early',
};

const certificates = /CERT|UNABLE_TO_(VERIFY|GET_ISSUER)|SELF_SIGNED|ERR_TLS_CERT_ALTNAME_INVALID/;

/** An error of the network as a SupplyError that names the server; a SupplyError stays what it is. */
export function toFailure(error: unknown, url: URL): Error {
  if (error instanceof SupplyError) return error;
  // Given up by who asked, who knows why.
  if (error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name)) return error;
  if (error instanceof LoomError && error.code === 'inner-address')
    return new SupplyError(
      'NotAllowed',
      `${url.host} leads to an address of the machine itself`,
      undefined,
      error,
    );
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const text = certificates.test(code)
    ? `has a certificate that is not trusted: ${message}; a private authority belongs into ca`
    : (words[code] ?? `cannot be asked: ${message || code}`);
  return new SupplyError('FetchFailed', `${url.host} ${text}`, undefined, error);
}

function codeOf(error: unknown): string {
  const { code, errors, cause } = error as { code?: unknown; errors?: readonly unknown[]; cause?: unknown };
  if (typeof code === 'string') return code;
  if (errors?.[0] !== undefined) return codeOf(errors[0]);
  return cause instanceof Error ? codeOf(cause) : '';
}

const reasons: Readonly<Record<number, SupplyReason>> = {
  401: 'Unauthorized',
  403: 'Unauthorized',
  404: 'NotFound',
  410: 'NotFound',
};

interface Refusal {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** An answer that is not what was asked for. `said`: what the server adds to its status, empty for nothing. */
export function refusal({ url, status, headers }: Refusal, what: string, said: string): SupplyError {
  const more = said ? `: ${said.slice(0, 200)}` : '';
  const reason = reasons[status] ?? 'FetchFailed';
  const after = status === 429 || status === 503 ? retryAfterMs(headers['retry-after']) : undefined;
  return new SupplyError(reason, `${url.host} answers ${status} for ${what}${more}`, after);
}

/** RFC 9110 section 10.2.3: seconds or a date. */
function retryAfterMs(value: unknown, now = Date.now()): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
