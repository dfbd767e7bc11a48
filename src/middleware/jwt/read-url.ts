import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { LoomError } from '../../errors.ts';
import { foreignPlace } from '../../foreign.ts';
import { withoutBrackets } from '../../host.ts';

export interface ReadOptions {
  readonly accept: string;
  readonly maxBytes: number;
  /** Milliseconds from the beginning to the last byte, redirects included. */
  readonly timeoutMs: number;
  /** Who wrote the URL must not reach the machine itself. */
  readonly foreignOnly: boolean;
}

const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * What a GET of a URL is answered with. Rejects with an Error for people when that is not 200, and with LoomError `inner-address`.
 * Not by `fetch`, which looks names up by itself: what they lead to is not known before it is connected. Not by the HTTP client of
 * `artifacts` either, which is on the control thread alone: its undici would take 12 MiB of memory in each worker, and this room
 * does not look into that one.
 */
export async function readUrl(url: string, options: ReadOptions): Promise<Buffer> {
  const { timeoutMs } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await follow(new URL(url), signal, options);
  } catch (error) {
    // node:http says that it was aborted, and in the middle of an answer that it was reset.
    throw signal.aborted ? new Error(`it took longer than ${timeoutMs} ms`, { cause: error }) : error;
  }
}

async function follow(url: URL, signal: AbortSignal, options: ReadOptions): Promise<Buffer> {
  let from = url;
  for (let hops = 0; ; hops++) {
    const answer = await get(from, signal, options);
    const { statusCode = 0, headers } = answer;
    if (!redirects.has(statusCode) || headers.location === undefined) {
      if (statusCode === 200) return whole(answer, options.maxBytes);
      answer.destroy();
      throw new Error(`it answered with ${statusCode}`);
    }
    answer.destroy();
    if (hops === maxRedirects) throw new Error(`it redirects more than ${maxRedirects} times`);
    const next = URL.parse(headers.location, from);
    if (!next || (next.protocol !== from.protocol && next.protocol !== 'https:'))
      throw new Error(`it redirects to ${headers.location}`);
    from = next;
  }
}

function get(url: URL, signal: AbortSignal, options: ReadOptions): Promise<IncomingMessage> {
  const { accept, foreignOnly } = options;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const secure = url.protocol === 'https:';
  const port = Number(url.port) || (secure ? 443 : 80);
  const place = foreignOnly ? foreignPlace(withoutBrackets(url.hostname), port) : undefined;
  if (place instanceof LoomError) throw place;
  const request = secure ? requestHttps : requestHttp;
  request(url, { ...place, agent: false, headers: { accept, 'user-agent': 'loom' }, signal }, resolve)
    .on('error', reject)
    .end();
  return promise;
}

async function whole(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if ((bytes += chunk.length) > maxBytes) throw new Error(`it sent more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
