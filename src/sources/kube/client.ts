import { isDeepStrictEqual } from 'node:util';
import { Pool, type Dispatcher } from 'undici';
import type { KubeObject } from '../../api/core.ts';
import { ApiError, hasStatus, readRetryAfter, type ApiStatus } from './api-error.ts';
import type { Connection, Credentials } from './connection.ts';
import { exchange, isSuccess, type LineReader } from './exchange.ts';
import { toWatchEvent, type WatchEvent } from './watch-event.ts';

export type Query = Readonly<Record<string, string>>;

/** All objects of a collection at one moment. */
export interface Listing {
  readonly items: readonly KubeObject[];
  readonly version: string;
}

/** Who follows a watch. */
export interface Watcher {
  /** The server has agreed to send events. */
  opened(): void;
  /** What it throws ends the watch, which rejects with that. */
  event(event: WatchEvent): void;
}

interface Page {
  readonly items?: readonly KubeObject[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

interface Call {
  readonly query?: Query;
  readonly body?: unknown;
  readonly type?: string;
  readonly signal: AbortSignal;
  readonly bodyTimeout?: number;
  readonly reader?: LineReader;
}

const pageSize = '500';
/** Longest wait for the head of an answer to a write, beside the time to connect, and longest silence in its body. */
const writeTimeoutMs = 10_000;
/** The same of lists and of watches, whose silence is looked at elsewhere. */
const readTimeoutMs = 30_000;
const fieldManager = 'loom';
/** Tokens of pods and rotated certificates are files that change without a word. */
const credentialsMs = 60_000;

/**
 * The few verbs of the Kubernetes API that Loom needs, all over one pool of connections. Every method throws an ApiError for
 * an answer other than 2xx, and undici's errors when there is none.
 */
export class Client {
  readonly #connection: Connection;
  /** `base`: what all paths begin with, where a proxy stands before several clusters. */
  readonly #server: { readonly origin: string; readonly base: string };
  #pool: { readonly tls: Credentials['tls']; readonly dispatcher: Pool } | undefined;
  #credentials: { readonly value: Promise<Credentials>; readonly until: number } | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    const { origin, pathname } = new URL(connection.server);
    this.#server = { origin, base: pathname.replace(/\/$/, '') };
  }

  /** Reads a collection in pages. When the pages expire on the way it is read again in one piece, which cannot. */
  async list(path: string, query: Query, signal: AbortSignal): Promise<Listing> {
    const items: KubeObject[] = [];
    let token = '';
    try {
      for (;;) {
        const paging = { limit: pageSize, ...(token && { continue: token }) };
        const page = await this.#json<Page>('GET', path, { query: { ...query, ...paging }, signal });
        items.push(...(page.items ?? []));
        token = page.metadata?.continue ?? '';
        if (!token) return { items, version: versionOf(page) };
      }
    } catch (error) {
      if (!token || !hasStatus(error, 410)) throw error;
      const page = await this.#json<Page>('GET', path, { query, signal });
      return { items: page.items ?? [], version: versionOf(page) };
    }
  }

  /** The version that a collection is at. */
  async newest(path: string, query: Query, signal: AbortSignal): Promise<string> {
    return versionOf(await this.#json<Page>('GET', path, { query: { ...query, limit: '1' }, signal }));
  }

  /** Resolves when the server ends it. Rejects with an ApiError also for an ERROR event, with an UnreadableError for rubbish. */
  async watch(path: string, query: Query, watcher: Watcher, signal: AbortSignal): Promise<void> {
    const reader = {
      opened: () => watcher.opened(),
      line: (line: string) => {
        if (line !== '') watcher.event(toWatchEvent(line));
      },
    };
    const watching = { ...query, watch: 'true', allowWatchBookmarks: 'true' };
    await this.#send('GET', path, { query: watching, signal, bodyTimeout: 0, reader });
  }

  get<T>(path: string, signal: AbortSignal): Promise<T> {
    return this.#json('GET', path, { signal });
  }

  /** An answer as it is, of subresources that are no objects. */
  text(path: string, query: Query, signal: AbortSignal): Promise<string> {
    return this.#send('GET', path, { query, signal });
  }

  create<T>(path: string, body: T, signal: AbortSignal): Promise<T> {
    return this.#json('POST', path, { body, query: { fieldManager }, signal });
  }

  /** Fails with 409 when the object is no longer at the version in its metadata. */
  update<T>(path: string, body: T, signal: AbortSignal): Promise<T> {
    return this.#json('PUT', path, { body, query: { fieldManager }, signal });
  }

  /** Server-side apply: Loom owns exactly the fields of `body`, and they are as it says. */
  async apply(path: string, body: unknown, signal: AbortSignal): Promise<void> {
    const query = { fieldManager, force: 'true' };
    await this.#send('PATCH', path, { body, query, type: 'application/apply-patch+yaml', signal });
  }

  /** JSON merge patch (RFC 7396). */
  merge<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
    const query = { fieldManager };
    return this.#json('PATCH', path, { body, query, type: 'application/merge-patch+json', signal });
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.dispatcher.destroy();
  }

  async #json<T>(method: Dispatcher.HttpMethod, path: string, call: Call): Promise<T> {
    return JSON.parse(await this.#send(method, path, call)) as T;
  }

  /** @returns the body, but for what the reader was given */
  async #send(
    method: Dispatcher.HttpMethod,
    path: string,
    { query = {}, body, type = 'application/json', signal, bodyTimeout, reader }: Call,
  ): Promise<string> {
    const silenceMs = method === 'GET' ? readTimeoutMs : writeTimeoutMs;
    const { headers, tls } = await this.#authorize();
    signal.throwIfAborted();
    const { base } = this.#server;
    const request = {
      path: `${base}${path}?${new URLSearchParams(query).toString()}`,
      method,
      headers: {
        ...headers,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': type }),
      },
      headersTimeout: silenceMs,
      bodyTimeout: bodyTimeout ?? silenceMs,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const asked = exchange(this.#dispatcher(tls), request, signal, reader);
    const answer = await asked.catch((error: unknown) => {
      // Another authority may be believed by now: the file changes without a word, and the old one may stop being right at once.
      if (isDistrust(error)) this.#credentials = undefined;
      throw error;
    });
    if (isSuccess(answer.status)) return answer.text;
    // Such a token may have been replaced within the minute.
    if (answer.status === 401) this.#credentials = undefined;
    throw new ApiError(answer.status, toStatus(answer.text), readRetryAfter(answer.headers['retry-after']));
  }

  /** Asked once for all requests that need it at the same time: behind it may be a program that people must answer. */
  async #authorize(): Promise<Credentials> {
    const known = this.#credentials;
    if (known && performance.now() < known.until) return known.value;
    const asked = { value: this.#connection.read(), until: performance.now() + credentialsMs };
    this.#credentials = asked;
    try {
      return await asked.value;
    } catch (error) {
      if (this.#credentials === asked) this.#credentials = undefined;
      throw error;
    }
  }

  #dispatcher(tls: Credentials['tls']): Pool {
    if (this.#pool && (this.#pool.tls === tls || isDeepStrictEqual(this.#pool.tls, tls))) {
      return this.#pool.dispatcher;
    }
    // Its watches go on until they end by themselves.
    void this.#pool?.dispatcher.close();
    // One HTTP/1.1 connection per watch: over HTTP/2 all would hang together on one connection that died silently.
    const dispatcher = new Pool(this.#server.origin, {
      allowH2: false,
      // Between two rounds of writes, and until somebody applies the next manifest. The API server would wait for 90 s.
      keepAliveTimeout: 30_000,
      connect: { timeout: 10_000, ...tls },
    });
    this.#pool = { tls, dispatcher };
    return dispatcher;
  }
}

/** The certificate of the server is not believed. Codes of OpenSSL's verification, as Node names them. */
function isDistrust(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO_/.test(code);
}

function versionOf(page: Page): string {
  const version = page.metadata?.resourceVersion;
  if (!version) throw new Error('the API server answers with a list that has no resourceVersion');
  return version;
}

/** The body of a failure: a Status of the API server, or a text of something in between. */
function toStatus(text: string): ApiStatus {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // A proxy answered.
  }
  return { message: text.trim().slice(0, 200) };
}
