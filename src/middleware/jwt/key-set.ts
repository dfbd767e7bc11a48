import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose';
import { LoomError } from '../../errors.ts';
import { readUrl } from './read-url.ts';

/** Finds the key that a token says it is signed with. Rejects with jose's JWKSNoMatchingKey, or LoomError(keys-unavailable). */
export type KeyFinder = (header: JWSHeaderParameters) => Promise<CryptoKey>;

const maxBytes = 1 << 20;

/** Keys that stand in the settings. */
export function inlineKeys(text: string): KeyFinder {
  const find = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  return (header) => find(header);
}

export interface RemoteKeysOptions {
  /** Milliseconds; looks again after this time at the earliest. */
  readonly cooldownMs: number;
  /** As of `readUrl`. */
  readonly timeoutMs: number;
  readonly foreignOnly: boolean;
  /** Hears why the keys could not be read. */
  readonly failed: (error: Error) => void;
}

/**
 * The keys behind a URL: read when they are first wanted, again after `refreshMs`, and at once for a key that is not among
 * them, as after a rotation. While the URL does not answer, the keys read last stay good.
 */
export class RemoteKeys {
  readonly #url: string;
  readonly #refreshMs: number;
  readonly #options: RemoteKeysOptions;
  #find: ReturnType<typeof createLocalJWKSet> | undefined;
  #triedAt = -Infinity;
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(url: string, refreshMs: number, options: RemoteKeysOptions) {
    this.#url = url;
    this.#refreshMs = refreshMs;
    this.#options = options;
  }

  readonly find: KeyFinder = async (header) => {
    const { cooldownMs } = this.#options;
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
    const { failed } = this.#options;
    const reading = fetchKeys(this.#url, this.#options)
      .then((keys) => {
        this.#find = createLocalJWKSet(keys);
        this.#readAt = performance.now();
      })
      .catch((error: unknown) => failed(error as Error))
      .finally(() => (this.#reading = undefined));
    return (this.#reading = reading);
  }
}

async function fetchKeys(url: string, options: RemoteKeysOptions): Promise<JSONWebKeySet> {
  const { timeoutMs, foreignOnly } = options;
  const accept = 'application/jwk-set+json, application/json';
  const bytes = await readUrl(url, { accept, maxBytes, timeoutMs, foreignOnly });
  return JSON.parse(bytes.toString()) as JSONWebKeySet;
}
