import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import { LoomError } from '../../errors.ts';

/** Finds the key that a token says it is signed with. Rejects with jose's JWKSNoMatchingKey, or LoomError(keys-unavailable). */
export type KeyFinder = (header: JWSHeaderParameters) => Promise<CryptoKey>;

const timeoutMs = 5000;
const maxBytes = 1 << 20;
/** A key that nobody knows makes one look at the set in this time: tokens with made-up ids come cheap. */
const cooldownMs = 10_000;

/** Keys that stand in the settings. */
export function inlineKeys(text: string): KeyFinder {
  const find = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  return (header) => find(header);
}

/**
 * The keys behind a URL: read when they are first wanted, again after `refreshMs`, and at once for a key that is not among
 * them, as after a rotation. While the URL does not answer, the keys read last stay good.
 */
export class RemoteKeys {
  readonly #url: string;
  readonly #refreshMs: number;
  readonly #failed: (error: Error) => void;
  #find: ReturnType<typeof createLocalJWKSet> | undefined;
  #triedAt = -Infinity;
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  /** `failed` hears why the keys could not be read. */
  constructor(url: string, refreshMs: number, failed: (error: Error) => void) {
    this.#url = url;
    this.#refreshMs = refreshMs;
    this.#failed = failed;
  }

  readonly find: KeyFinder = async (header) => {
    const now = performance.now();
    if (!this.#find) await this.#read(now);
    else if (now - this.#readAt > this.#refreshMs && now - this.#triedAt > cooldownMs) void this.#read(now);
    if (!this.#find) throw new LoomError('keys-unavailable', this.#url);
    try {
      return await this.#find(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (!this.#reading && now - this.#triedAt <= cooldownMs) throw error;
      await this.#read(now);
      return this.#find(header);
    }
  };

  /** Reads the keys ahead of the first token. */
  prefetch(): void {
    void this.#read(performance.now());
  }

  /** One at a time, and without any keys not more often than once a second. Never rejects. */
  #read(now: number): Promise<void> {
    if (this.#reading) return this.#reading;
    if (!this.#find && now - this.#triedAt < 1000) return Promise.resolve();
    this.#triedAt = now;
    const reading = fetchKeys(this.#url)
      .then((keys) => {
        this.#find = createLocalJWKSet(keys);
        this.#readAt = performance.now();
      })
      .catch((error: unknown) => this.#failed(error as Error))
      .finally(() => (this.#reading = undefined));
    return (this.#reading = reading);
  }
}

async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) throw new Error(`it answered with ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    if ((bytes += chunk.length) > maxBytes) throw new Error(`the key set is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as JSONWebKeySet;
}
