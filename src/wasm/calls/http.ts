import { errors, LoomError } from '../../errors.ts';
import type { CallListener, CallRequest, CallResponse } from '../../upstream/callouts/http-call.ts';
import { bufferType, mapType } from '../abi/enums.ts';
import { framesMessage, legalField } from '../context/message-headers.ts';
import { answer } from './answer.ts';
import type { PendingCall } from './pending-call.ts';

/** proxy_get_status of a call whose response was cut off, as in Envoy. */
const brokenConnection = 11;
/** Methods that are more than a request with a response. */
const notHere = new Set(['CONNECT', 'TRACE']);

/** The request of proxy_http_call; undefined where pseudo headers are missing, or something cannot be sent. */
export function callRequest(
  pairs: readonly string[],
  body: Buffer,
  trailerPairs: readonly string[],
  timeoutMs: number,
): CallRequest | undefined {
  const pseudo = new Map<string, string>();
  const headers = fieldsOf(pairs, pseudo);
  const trailers = fieldsOf(trailerPairs);
  if (!headers || !trailers) return undefined;
  const method = pseudo.get(':method') ?? '';
  const path = pseudo.get(':path') ?? '';
  const authority = pseudo.get(':authority') ?? '';
  if (!/^[A-Z]+$/.test(method) || notHere.has(method)) return undefined;
  if (!/^[/*][\x21-\x7e\x80-\xff]*$/.test(path) || !/^[\x21-\x7e]+$/.test(authority)) return undefined;
  return {
    method,
    path,
    authority,
    secure: pseudo.get(':scheme') === 'https',
    headers,
    body: body.length > 0 ? body : undefined,
    trailers,
    timeoutMs,
  };
}

/** Without those that are not a plugin's to say; pseudo headers go to `pseudo`. Undefined for what cannot be sent. */
function fieldsOf(pairs: readonly string[], pseudo?: Map<string, string>): string[] | undefined {
  const fields: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const name = (pairs[i] as string).toLowerCase();
    const text = pairs[i + 1] as string;
    if (name.startsWith(':')) pseudo?.set(name, text);
    else if (name === 'host' || name === 'expect' || framesMessage(name)) continue;
    else if (legalField(name, text)) fields.push(name, text);
    else return undefined;
  }
  return fields;
}

/** Turns what becomes of a call into proxy_on_http_call_response. */
export class HttpAnswer implements CallListener {
  readonly #call: PendingCall;

  constructor(call: PendingCall) {
    this.#call = call;
  }

  admit(bytes: number): boolean {
    return this.#call.admit(bytes);
  }

  response(response: CallResponse): void {
    this.#answer('ok', response.status, response.headers.flat, response.body, response.trailers.flat);
  }

  failed(error: LoomError, begun: boolean): void {
    if (begun) {
      this.#call.say(brokenConnection, 'reset');
      this.#call.end(error.code, error.message);
      this.#call.deliver('httpCallResponse', answer({}));
      return;
    }
    const timedOut = error.code === 'exchange-timeout';
    const body = Buffer.from(timedOut ? 'upstream request timeout' : errors[error.code].message);
    const headers = ['content-length', String(body.length), 'content-type', 'text/plain'];
    this.#answer(error.code, timedOut ? 504 : 503, headers, body, [], error.message);
  }

  #answer(
    outcome: string,
    code: number,
    fields: readonly string[],
    body: Buffer,
    trailers: readonly string[],
    why = '',
  ): void {
    const headers = [':status', String(code), ...fields];
    this.#call.say(0, '');
    this.#call.end(outcome, why);
    this.#call.deliver(
      'httpCallResponse',
      answer(
        { [bufferType.callResponseBody]: body },
        { [mapType.callResponseHeaders]: headers, [mapType.callResponseTrailers]: trailers },
      ),
      headers.length / 2,
      body.length,
      trailers.length / 2,
    );
  }
}
