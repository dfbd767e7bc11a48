import { timingSafeEqual } from 'node:crypto';
import type { ByteWriter } from '../coding/writer.ts';
import { transportCodes, TransportError } from '../errors.ts';
import { frameTypes } from '../frames/types.ts';

/** Ids that a client of ours may have at once: one in use, and some for when it moves. */
const maxIssued = 4;
/** Ids of the client that we keep. */
export const activeIdLimit = 4;

/** Makes ids that lead to this connection, and takes them out of use. */
export interface IdRegistry {
  issue(): { readonly id: Buffer; readonly resetToken: Buffer };
  retire(id: Buffer): void;
}

/** The ids by which the client reaches this connection (RFC 9000 section 5.1). */
export class OwnIds {
  readonly #registry: IdRegistry;
  readonly #bySequence = new Map<number, Buffer>();
  #next = 0;
  /** Queues a frame. */
  readonly #send: (write: (writer: ByteWriter) => void) => void;

  /** `first`: the one of the handshake, which has the sequence number 0. */
  constructor(registry: IdRegistry, first: Buffer, send: (write: (writer: ByteWriter) => void) => void) {
    this.#registry = registry;
    this.#send = send;
    this.#bySequence.set(this.#next++, first);
  }

  /** As many as the client takes. */
  issue(peerLimit: number): void {
    while (this.#bySequence.size < Math.min(peerLimit, maxIssued)) {
      const sequence = this.#next++;
      const { id, resetToken } = this.#registry.issue();
      this.#bySequence.set(sequence, id);
      this.#send((writer) => {
        writer.u8(frameTypes.newConnectionId);
        writer.varint(sequence);
        writer.varint(0);
        writer.u8(id.length);
        writer.raw(id);
        writer.raw(resetToken);
      });
    }
  }

  /** RETIRE_CONNECTION_ID; `used`: where the packet with it went. Another takes its place. */
  retire(sequence: number, used: Buffer, peerLimit: number): void {
    if (sequence >= this.#next)
      throw new TransportError(transportCodes.protocolViolation, 'retires an id that was never issued');
    const id = this.#bySequence.get(sequence);
    if (!id) return;
    if (id.equals(used))
      throw new TransportError(transportCodes.protocolViolation, 'retires the id that it uses for it');
    this.#bySequence.delete(sequence);
    this.#registry.retire(id);
    this.issue(peerLimit);
  }

  close(): void {
    for (const id of this.#bySequence.values()) this.#registry.retire(id);
    this.#bySequence.clear();
  }
}

interface PeerId {
  readonly id: Buffer;
  readonly resetToken: Buffer | undefined;
}

/** The ids by which the client is reached (RFC 9000 section 5.1). */
export class PeerIds {
  readonly #bySequence = new Map<number, PeerId>();
  #current = 0;
  #retiredBelow = 0;
  #retiring = 0;
  readonly #retire: (sequence: number) => void;

  /** `retire` queues RETIRE_CONNECTION_ID. */
  constructor(first: Buffer, retire: (sequence: number) => void) {
    this.#bySequence.set(0, { id: first, resetToken: undefined });
    this.#retire = retire;
  }

  get current(): Buffer {
    return (this.#bySequence.get(this.#current) as PeerId).id;
  }

  /** NEW_CONNECTION_ID (RFC 9000 section 19.15). */
  add(sequence: number, retirePriorTo: number, id: Buffer, resetToken: Buffer): void {
    if (this.current.length === 0)
      throw new TransportError(transportCodes.protocolViolation, 'an id for who needs none');
    const known = this.#bySequence.get(sequence);
    if (known && !known.id.equals(id))
      throw new TransportError(transportCodes.protocolViolation, 'two ids of one number');
    if (sequence < this.#retiredBelow) {
      if (!known) this.#retireOne(sequence);
      return;
    }
    if (!known) this.#bySequence.set(sequence, { id: Buffer.from(id), resetToken: Buffer.from(resetToken) });
    if (retirePriorTo > this.#retiredBelow) this.#retireBelow(retirePriorTo);
    if (this.#bySequence.size > activeIdLimit)
      throw new TransportError(transportCodes.connectionIdLimit, 'more ids than may be active');
  }

  /** RETIRE_CONNECTION_ID is acknowledged. */
  retired(): void {
    this.#retiring--;
  }

  /** Another one, so that who watches cannot tell that two paths are of one connection (section 9.5); the same where there is none. */
  useAnother(): void {
    const next = [...this.#bySequence.keys()].find((sequence) => sequence > this.#current);
    if (next === undefined) return;
    const before = this.#current;
    this.#current = next;
    this.#bySequence.delete(before);
    this.#retireOne(before);
  }

  /** Whether a packet that cannot be read ends in a token of the client (section 10.3.1). */
  isReset(datagram: Buffer): boolean {
    if (datagram.length < 21) return false;
    const end = datagram.subarray(-16);
    let found = false;
    for (const { resetToken } of this.#bySequence.values())
      if (resetToken && timingSafeEqual(resetToken, end)) found = true;
    return found;
  }

  #retireBelow(limit: number): void {
    this.#retiredBelow = limit;
    for (const sequence of this.#bySequence.keys()) {
      if (sequence >= limit) continue;
      this.#bySequence.delete(sequence);
      this.#retireOne(sequence);
    }
    if (!this.#bySequence.has(this.#current)) this.#current = Math.min(...this.#bySequence.keys());
  }

  /** A client that lets many be retired and takes no word of it would hold memory (section 5.1.2). */
  #retireOne(sequence: number): void {
    if (++this.#retiring > 4 * activeIdLimit)
      throw new TransportError(transportCodes.connectionIdLimit, 'too many ids to retire');
    this.#retire(sequence);
  }
}
