import type { Sealer } from '../crypto/sealer.ts';

export const ticketLifetimeSeconds = 7200;

/** A session as its ticket holds it. */
export interface Session {
  readonly suite: number;
  readonly psk: Buffer;
}

const headBytes = 10;

/** Sessions in tickets (RFC 8446 section 4.6.1). `bound`: the server name, so that a session is resumed only for the name that it was for. */
export function sealSession(sealer: Sealer, { suite, psk }: Session, bound: Buffer, nowMs: number): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(suite, 0);
  head.writeDoubleBE(nowMs, 2);
  return sealer.seal(Buffer.concat([head, psk]), bound);
}

export function openSession(
  sealer: Sealer,
  ticket: Buffer,
  bound: Buffer,
  nowMs: number,
): Session | undefined {
  const text = sealer.open(ticket, bound);
  if (!text) return undefined;
  const age = nowMs - text.readDoubleBE(2);
  if (age < 0 || age > ticketLifetimeSeconds * 1000) return undefined;
  return { suite: text.readUInt16BE(0), psk: text.subarray(headBytes) };
}
