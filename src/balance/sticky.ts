import { createHmac } from 'node:crypto';
import type { HeaderList } from '../http/headers.ts';
import type { StickyCookie } from '../model/upstream.ts';
import type { LiveEndpoint } from './endpoints.ts';
import { murmur } from './hash/murmur.ts';
import { TextPlace } from './text-place.ts';

/** 96 bits: nobody guesses the value of an endpoint, and no two have the same. */
const tokenLength = 16;

interface Held {
  readonly endpoint: LiveEndpoint;
  readonly token: string;
}

/**
 * Which cookie belongs to which endpoint of an upstream. A value is a MAC of the upstream and the endpoint's address, so it tells
 * nothing to who does not have the secret, and is the same in every replica that has it. Made when the endpoints change.
 */
export class StickyTable {
  readonly #name: string;
  /** By the hash of the token, so that a look-up cuts no text out. */
  readonly #held = new Map<number, Held>();
  readonly #fields = new Map<LiveEndpoint, string>();
  readonly #place = new TextPlace();

  constructor(settings: StickyCookie, upstream: string, endpoints: readonly LiveEndpoint[]) {
    this.#name = settings.name;
    const attributes = attributesOf(settings);
    for (const endpoint of endpoints) {
      const token = createHmac('sha256', settings.secret ?? '')
        .update(`${upstream}\n${endpoint.authority}`)
        .digest('base64url')
        .slice(0, tokenLength);
      this.#held.set(murmur(token, 0, tokenLength, 0), { endpoint, token });
      this.#fields.set(endpoint, `${settings.name}=${token}${attributes}`);
    }
  }

  /** The endpoint that the cookie of a request names; undefined where there is none, or it is gone. */
  find(headers: HeaderList): LiveEndpoint | undefined {
    const place = this.#place;
    if (!place.findCookie(headers, this.#name)) return undefined;
    const held = this.#held.get(murmur(place.text, place.start, place.end, 0));
    return held && place.equals(held.token) ? held.endpoint : undefined;
  }

  /** The value of Set-Cookie for the response to a request with those headers; undefined where its client has it already. */
  field(headers: HeaderList, endpoint: LiveEndpoint): string | undefined {
    return this.find(headers) === endpoint ? undefined : this.#fields.get(endpoint);
  }
}

function attributesOf({ ttlSeconds, path, sameSite, secure, httpOnly }: StickyCookie): string {
  const maxAge = ttlSeconds === undefined ? '' : `; Max-Age=${ttlSeconds}`;
  return `; Path=${path}${maxAge}${httpOnly ? '; HttpOnly' : ''}${secure ? '; Secure' : ''}; SameSite=${sameSite}`;
}
