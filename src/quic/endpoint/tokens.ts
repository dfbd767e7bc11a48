import { createHmac } from 'node:crypto';
import { Sealer } from '../crypto/sealer.ts';
import type { UdpAddress } from '../connection/path.ts';

/** How long a client may take to come back after a Retry; and with a token for its next connection. */
const retryMs = 10_000;
const nextMs = 24 * 3600 * 1000;

/** What a valid token says: the ids of before the Retry; undefined for one that was given for a next connection. */
export interface TokenFacts {
  readonly retry: { readonly originalDestination: Buffer; readonly source: Buffer } | undefined;
}

/** Tokens that show that a client is where it says (RFC 9000 section 8.1), sealed so that nobody else can make them. */
export class AddressTokens {
  readonly #sealer: Sealer;

  constructor(secret: Buffer) {
    this.#sealer = new Sealer(secret, 'loom quic token');
  }

  /** Of a Retry: for this address and port, with the ids that the transport parameters must tell (RFC 9000 section 7.3). */
  forRetry(remote: UdpAddress, originalDestination: Buffer, source: Buffer, nowMs: number): Buffer {
    const text = Buffer.alloc(10 + originalDestination.length + source.length);
    text[0] = 1;
    text.writeDoubleBE(nowMs, 1);
    text[9] = originalDestination.length;
    originalDestination.copy(text, 10);
    source.copy(text, 10 + originalDestination.length);
    return this.#sealer.seal(text, boundTo(`${remote.address} ${remote.port}`));
  }

  /** Of NEW_TOKEN: for this address, from any port. */
  forNext(remote: UdpAddress, nowMs: number): Buffer {
    const text = Buffer.alloc(9);
    text.writeDoubleBE(nowMs, 1);
    return this.#sealer.seal(text, boundTo(remote.address));
  }

  /** Undefined for a token that is not ours, too old or of another address. */
  open(token: Buffer, remote: UdpAddress, nowMs: number): TokenFacts | undefined {
    const ofRetry = this.#sealer.open(token, boundTo(`${remote.address} ${remote.port}`));
    const text = ofRetry ?? this.#sealer.open(token, boundTo(remote.address));
    if (!text) return undefined;
    const age = nowMs - text.readDoubleBE(1);
    if (age < 0 || age > (ofRetry ? retryMs : nextMs)) return undefined;
    if (!ofRetry) return { retry: undefined };
    const end = 10 + (text[9] as number);
    return { retry: { originalDestination: text.subarray(10, end), source: text.subarray(end) } };
  }
}

const boundTo = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The token with which a connection of that id can be ended when nothing else is known of it (RFC 9000 section 10.3.2). */
export const resetTokenOf = (secret: Buffer, id: Buffer): Buffer =>
  createHmac('sha256', secret).update('loom quic reset').update(id).digest().subarray(0, 16);
