import { transportCodes, TransportError } from '../errors.ts';
import type { PacketKeys } from './packet-keys.ts';

/** RFC 9001 section 6.6: of what the cipher allows so much is used at most. */
const updateShare = 0.5;

/** The keys of 1-RTT packets through all key updates (RFC 9001 section 6). */
export class ApplicationKeys {
  /** The bit of packets that are sent now. */
  phase: 0 | 1 = 0;
  updates = 0;
  write: PacketKeys;
  #read: PacketKeys;
  /** Made beforehand: how long an update takes must not tell when one happens (section 9.5). */
  #nextRead: PacketKeys;
  #before: PacketKeys | undefined;
  /** Until when packets that were late may come with the keys of before. */
  #beforeUntil = 0;
  /** Lowest number that came with the keys of now. */
  #firstRead = Infinity;
  #firstWritten = Infinity;
  #written = 0;
  #forged = 0;
  readonly #updateAfter: number;

  /** `updateAfter`: packets of one key; undefined: as many as the cipher allows. */
  constructor(read: PacketKeys, write: PacketKeys, updateAfter?: number) {
    this.#read = read;
    this.#nextRead = read.next();
    this.write = write;
    this.#updateAfter = updateAfter ?? write.suite.confidentialityLimit * updateShare;
  }

  get mask(): PacketKeys['mask'] {
    return this.#read.mask;
  }

  /** Undefined for what is not the peer's. Throws when there was too much of that, or an update that must not be. */
  open(
    number: number,
    phase: number,
    header: Buffer,
    body: Buffer,
    now: number,
    probeTimeout: number,
  ): Buffer | undefined {
    const isNow = phase === this.phase;
    const isLate = !isNow && number < this.#firstRead;
    const keys = isNow ? this.#read : isLate ? this.#before : this.#nextRead;
    if (isLate && now > this.#beforeUntil) return this.#reject();
    const plain = keys?.open(number, header, body);
    if (!plain) return this.#reject();
    if (!isNow && !isLate) this.#turn(number, now, probeTimeout, true);
    else if (isNow) this.#seen(number, now, probeTimeout);
    return plain;
  }

  /** A packet of that number is about to be sealed. */
  onSend(number: number): void {
    this.#written++;
    if (this.#firstWritten === Infinity) this.#firstWritten = number;
  }

  /** Begins an update when it is time for one and one may be begun (section 6.1). `acked`: the highest that the peer has. */
  updateIfDue(acked: number, now: number, probeTimeout: number): void {
    if (this.#written < this.#updateAfter || acked < this.#firstWritten || now < this.#beforeUntil) return;
    // What the peer sends with the new keys is yet to come.
    this.#turn(Infinity, now, probeTimeout, false);
  }

  #turn(number: number, now: number, probeTimeout: number, byPeer: boolean): void {
    // Twice in a row, before any packet of ours has told it that the first was seen (section 6.2).
    if (byPeer && this.updates > 0 && this.#firstWritten === Infinity)
      throw new TransportError(transportCodes.keyUpdate, 'a key update before the last one was answered');
    this.#before = this.#read;
    this.#beforeUntil = byPeer ? now + 3 * probeTimeout : Infinity;
    this.#read = this.#nextRead;
    this.#nextRead = this.#read.next();
    this.write = this.write.next();
    this.phase = this.phase === 0 ? 1 : 0;
    this.updates++;
    this.#firstRead = number;
    this.#firstWritten = Infinity;
    this.#written = 0;
  }

  #seen(number: number, now: number, probeTimeout: number): void {
    // The first answer to an update of ours: what was on its way with the old keys may still come for a while.
    if (this.#firstRead === Infinity) this.#beforeUntil = now + 3 * probeTimeout;
    if (number < this.#firstRead) this.#firstRead = number;
  }

  #reject(): undefined {
    if (++this.#forged >= this.write.suite.integrityLimit)
      throw new TransportError(transportCodes.aeadLimitReached, 'too many forged packets');
    return undefined;
  }
}
