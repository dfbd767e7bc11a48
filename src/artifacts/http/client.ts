import { getCACertificates } from 'node:tls';
import { Agent, request, type Dispatcher } from 'undici';
import { LoomError } from '../../errors.ts';
import { foreignPlace, lookUpForeign } from '../../foreign.ts';
import { withoutBrackets } from '../../host.ts';
import { SupplyError } from '../supply-error.ts';
import { toFailure } from './failure.ts';

/** Milliseconds. */
export interface HttpTiming {
  readonly connectMs: number;
  /** From the last byte of a request to the head of its answer. */
  readonly answerMs: number;
  /** Longest silence inside an answer. */
  readonly idleMs: number;
}

export const httpTiming: HttpTiming = { connectMs: 10_000, answerMs: 30_000, idleMs: 30_000 };

/** How a server is reached. */
export interface Transport {
  /** PEM, beside the certificates that Node trusts. */
  readonly ca?: string;
  readonly insecure?: 'SkipVerify' | 'PlainHttp';
  /** Who wrote the URL must not reach the machine itself. */
  readonly foreignOnly?: boolean;
}

export interface Asking {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Value of the Authorization field; goes to no other origin when the server redirects. */
  readonly authorization?: string | undefined;
}

export interface Answer {
  /** Where it came from at last. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
}

const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Connections for one fetch, with its own trust. Follows redirects of GET and HEAD; rejects with a SupplyError. */
export class HttpClient {
  readonly #agent: Agent;
  readonly #isPlain: boolean;
  readonly #foreignOnly: boolean;
  readonly #signal: AbortSignal;
  readonly #permit: (url: URL) => void;

  /** `permit` throws for a URL that must not be asked, redirects included. */
  constructor(
    transport: Transport,
    signal: AbortSignal,
    permit: (url: URL) => void = () => undefined,
    timing: HttpTiming = httpTiming,
  ) {
    this.#isPlain = transport.insecure === 'PlainHttp';
    this.#foreignOnly = transport.foreignOnly ?? false;
    this.#signal = signal;
    this.#permit = permit;
    this.#agent = new Agent({
      headersTimeout: timing.answerMs,
      bodyTimeout: timing.idleMs,
      connect: {
        timeout: timing.connectMs,
        rejectUnauthorized: transport.insecure !== 'SkipVerify',
        ...(transport.foreignOnly && { lookup: lookUpForeign }),
        ...(transport.ca ? { ca: [...trusted(), transport.ca] } : {}),
      },
    });
  }

  async ask(target: URL, asking: Asking = {}): Promise<Answer> {
    const { method = 'GET', body } = asking;
    let url = target;
    let { authorization } = asking;
    for (let hops = 0; ; hops++) {
      this.#check(url);
      const answer = await this.#once(
        url,
        method,
        { ...asking.headers, ...(authorization && { authorization }) },
        body,
      );
      const location = answer.headers['location'];
      if (!redirects.has(answer.status) || typeof location !== 'string' || !['GET', 'HEAD'].includes(method))
        return answer;
      await answer.body.dump();
      if (hops === maxRedirects)
        throw new SupplyError('FetchFailed', `${target.host} redirects more than ${maxRedirects} times`);
      const next = toUrl(location, url);
      // Credentials are for whom they were given; a registry often redirects to somebody else's storage.
      if (next.origin !== url.origin) authorization = undefined;
      url = next;
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  #check(url: URL): void {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#isPlain)) {
      throw new SupplyError(
        'FetchFailed',
        `${url.protocol}//${url.host} is not asked without TLS; insecure: PlainHttp would permit it`,
      );
    }
    if (this.#foreignOnly) checkForeign(url);
    this.#permit(url);
  }

  async #once(
    url: URL,
    method: NonNullable<Asking['method']>,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | string | undefined,
  ): Promise<Answer> {
    try {
      const answer = await request(url, {
        method,
        headers: { 'user-agent': 'loom', ...headers },
        body: body ?? null,
        dispatcher: this.#agent,
        signal: this.#signal,
      });
      return { url, status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      throw toFailure(error, url);
    }
  }
}

/** Names are looked up when they are connected to; addresses are not. */
function checkForeign(url: URL): void {
  const place = foreignPlace(withoutBrackets(url.hostname), Number(url.port));
  if (place instanceof LoomError) throw toFailure(place, url);
}

function toUrl(location: string, base: URL): URL {
  const url = URL.parse(location, base);
  if (!url) throw new SupplyError('FetchFailed', `${base.host} redirects to ${location}, which is no URL`);
  return url;
}

/** What Node would trust without `ca`, which replaces it: the bundled roots and those of NODE_EXTRA_CA_CERTS. */
function trusted(): readonly string[] {
  return getCACertificates('default');
}
