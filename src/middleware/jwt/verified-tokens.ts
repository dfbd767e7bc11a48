import type { JWTPayload } from 'jose';

/** A token that was found good, by one provider. */
export interface Verified {
  readonly payload: JWTPayload;
  readonly provider: number;
  /** Unix seconds. */
  readonly until: number;
}

const most = 4096;
/** Longer tokens are verified each time: the cache is not for one client to fill. */
const longest = 4096;
/** Keys are withdrawn: what they have signed is not believed for longer than this afterwards. */
const longestSeconds = 60;

/**
 * Tokens that were verified already: a signature costs a hundred times what a look at a map costs, and clients send the same
 * token with each request. The oldest leave first.
 */
export class VerifiedTokens {
  readonly #tokens = new Map<string, Verified>();

  get(token: string, now: number): Verified | undefined {
    const known = this.#tokens.get(token);
    if (!known || known.until > now) return known;
    this.#tokens.delete(token);
    return undefined;
  }

  /** `now` in Unix seconds. */
  add(token: string, payload: JWTPayload, provider: number, now: number): Verified {
    const until = Math.min(payload.exp ?? Infinity, now + longestSeconds);
    const verified = { payload, provider, until };
    if (token.length > longest) return verified;
    if (this.#tokens.size >= most) this.#tokens.delete(this.#tokens.keys().next().value as string);
    this.#tokens.set(token, verified);
    return verified;
  }
}
