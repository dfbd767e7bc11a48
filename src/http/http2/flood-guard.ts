/** Bytes of a frame that carries a piece of a body: its own head, and answers to it as WINDOW_UPDATE and PING. */
export const frameAllowance = 64;
/** Besides its fields; resets and acknowledgements of it too. */
const requestAllowance = 512;
/** How many seconds' worth may come at once. */
const resetBurstSeconds = 10;
const overheadBurstSeconds = 8;

/** Why a connection of HTTP/2 was ended: a value of the metric `loom_http2_connections_ended_total`. */
export type Abuse = 'resets' | 'overhead' | 'stalled' | 'continuation' | 'invalid-frames' | 'protocol';

export interface FloodLimits {
  readonly http2ResetsPerSecond: number;
  readonly http2OverheadBytesPerSecond: number;
}

/**
 * Weighs what a connection costs against what it brings, where nghttp2 has no limit or one that honest peers would hit.
 * - Resets: streams that the client takes back before their answer is complete. Each one that it lets end pays for one, so that a
 *   busy client of gRPC which cancels half of its calls may do so for ever.
 * - Overhead: bytes that are neither of a request nor of a body: floods of PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA,
 *   frames of no known type, requests that were refused unseen. Told by subtraction, so that no frame costs anything.
 */
export class FloodGuard {
  readonly #limits: FloodLimits;
  #resets = 0;
  /** Bytes without a purpose, less what is forgiven by the second. */
  #overhead = 0;
  #credit = 0;
  #read = 0;
  #checkedAt: number;

  constructor(limits: FloodLimits, now: number) {
    this.#limits = limits;
    this.#checkedAt = now;
  }

  /** Its fields have `bytes` when they are not compressed. */
  request(bytes: number): void {
    this.#credit += bytes + requestAllowance;
  }

  /** So many bytes had a purpose. */
  useful(bytes: number): void {
    this.#credit += bytes;
  }

  completed(): void {
    if (this.#resets > 0) this.#resets--;
  }

  /** A stream ended before its answer was complete, and not by us. True when it was one too many. */
  reset(): boolean {
    return ++this.#resets > this.#limits.http2ResetsPerSecond * resetBurstSeconds;
  }

  /** `read`: bytes of the connection so far. True when too many of them were for nothing. */
  hasTooMuchOverhead(now: number, read: number): boolean {
    const seconds = (now - this.#checkedAt) / 1000;
    this.#checkedAt = now;
    const { http2ResetsPerSecond: resets, http2OverheadBytesPerSecond: overhead } = this.#limits;
    this.#resets = Math.max(0, this.#resets - seconds * resets);
    this.#overhead = Math.max(0, this.#overhead - seconds * overhead + (read - this.#read) - this.#credit);
    this.#read = read;
    this.#credit = 0;
    return this.#overhead > overhead * overheadBurstSeconds;
  }
}

/** What an error of a session of node:http2 says about its client; undefined where only the connection was lost. */
export function abuseOf(error: NodeJS.ErrnoException & { readonly errno?: number }): Abuse | undefined {
  if (error.code === 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES') return 'invalid-frames';
  if (error.code !== 'ERR_HTTP2_ERROR' && error.code !== 'ERR_HTTP2_SESSION_ERROR') return undefined;
  if (error.errno === flooded) return 'overhead';
  return error.errno === tooManyContinuations ? 'continuation' : 'protocol';
}

/** NGHTTP2_ERR_FLOODED: a thousand answers to PING and SETTINGS wait for a client that takes none. */
const flooded = -904;
/** NGHTTP2_ERR_TOO_MANY_CONTINUATIONS */
const tooManyContinuations = -905;
