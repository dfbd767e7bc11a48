import type { ByteWriter } from '../coding/writer.ts';
import { transportCodes } from '../errors.ts';
import { frameTypes } from '../frames/types.ts';
import { cryptoHeadBytes, writeAck, writeClose, writeCryptoHead } from '../frames/write.ts';
import { levels } from '../levels.ts';
import { minInitialDatagram } from '../packet/header.ts';
import type { LossDetection } from '../recovery/loss-detection.ts';
import { Pacer } from '../recovery/pacer.ts';
import type { Carried } from '../recovery/sent-packet.ts';
import type { Stream } from '../streams/stream.ts';
import type { StreamTable } from '../streams/stream-table.ts';
import { DatagramBuilder, maxDatagramBytes, type PacketHead } from './datagram-builder.ts';
import type { Outbox } from './outbox.ts';
import { CarriedAck, CryptoPiece, type PacketSpace, type Spaces } from './packet-space.ts';
import type { Path } from './path.ts';
import { SizeProbes } from './size-probes.ts';

/** What the delays of our acknowledgements are counted in: the default exponent of 3 (RFC 9000 section 18.2). */
const ackDelayUnit = 1 / 125;
/** Datagrams of one flush: then others have their turn. */
const maxBurst = 64;
const nothing: readonly Carried[] = [];
/** Less room than this is not worth a datagram. */
export const leastBudget = 128;

interface SenderParts {
  readonly spaces: Spaces;
  readonly loss: LossDetection;
  readonly outbox: Outbox;
  readonly streams: StreamTable;
  readonly source: Buffer;
  readonly destination: () => Buffer;
  readonly path: () => Path;
  /** A buffer that nobody else uses until it has left. */
  readonly buffer: () => Buffer;
  readonly transmit: (bytes: Buffer, path: Path) => void;
}

/** A packet whose frames are written and that is not sealed. */
interface Draft {
  readonly space: PacketSpace;
  readonly number: number;
  readonly carried: readonly Carried[];
  readonly isEliciting: boolean;
}

/** Writes the packets of a connection: acknowledgements, handshake, control frames, then the streams in turn. */
export class PacketSender {
  readonly sizes: SizeProbes;
  /** `performance.now()` until when the pacer lets nothing through; Infinity: there is nothing that it holds back. */
  pacedUntil = Infinity;
  isHandshakeComplete = false;
  /** An eliciting packet left: the idle time may begin anew. */
  hasElicited = false;
  readonly #parts: SenderParts;
  readonly #pacer = new Pacer();
  readonly #queue: Stream[] = [];

  constructor(parts: SenderParts, maxPayload = maxDatagramBytes) {
    this.#parts = parts;
    this.sizes = new SizeProbes(maxPayload);
  }

  /** The stream gets its turn. */
  enqueue(stream: Stream): void {
    if (stream.isQueued) return;
    stream.isQueued = true;
    this.#queue.push(stream);
  }

  /** Sends what may be sent. @returns false when there is more of it */
  flush(now: number): boolean {
    this.pacedUntil = Infinity;
    for (let i = 0; i < maxBurst; i++) if (!this.#datagram(now)) return true;
    return false;
  }

  /** A datagram of one 1-RTT packet to any path, for probing it (RFC 9000 section 8.2.1). */
  probe(path: Path, now: number, write: (writer: ByteWriter) => void): void {
    const { spaces, buffer, transmit } = this.#parts;
    const length = Math.min(minInitialDatagram, path.budget);
    if (!spaces.application || length < 64) return;
    const target = buffer();
    const builder = new DatagramBuilder(target, length);
    const space = spaces.all[levels.application];
    builder.open(this.#head(space));
    write(builder.writer);
    this.#seal(
      builder,
      { space, number: space.nextNumber++, carried: nothing, isEliciting: true },
      length,
      now,
    );
    transmit(target.subarray(0, builder.length), path);
  }

  /** CONNECTION_CLOSE in every level that the client may be able to read (RFC 9000 section 10.2.3). */
  farewell(
    { code, isApplication }: { readonly code: number; readonly isApplication: boolean },
    isComplete: boolean,
  ): Buffer {
    const { spaces, path } = this.#parts;
    const builder = new DatagramBuilder(
      Buffer.alloc(minInitialDatagram),
      Math.max(0, Math.min(minInitialDatagram, path().budget)),
    );
    for (const space of spaces.all) {
      if (!this.#hasKeys(space) || !builder.open(this.#head(space))) continue;
      const isLast = space.level === levels.application;
      space.nextNumber++;
      // A code of the application says nothing before there is one.
      if (isLast || !isApplication) writeClose(builder.writer, code, isApplication);
      else writeClose(builder.writer, transportCodes.application, false);
      builder.seal();
      if (!isComplete && space.level === levels.handshake) break;
    }
    return builder.writer.bytes.subarray(0, builder.length);
  }

  #datagram(now: number): boolean {
    const { spaces, loss, buffer, transmit, path: pathOf } = this.#parts;
    const path = pathOf();
    const size = Math.min(this.sizes.current, path.budget);
    if (size < leastBudget) return false;
    const mayGrow = loss.congestion.isOpen && this.#isPaced(now);
    const target = buffer();
    const builder = new DatagramBuilder(target, size);
    let draft: Draft | undefined;
    let padTo = 0;
    for (const space of spaces.all) {
      if (!this.#hasKeys(space) || !this.#hasSomething(space, now, mayGrow)) continue;
      if (draft) this.#seal(builder, draft, 0, now);
      draft = undefined;
      if (!builder.open(this.#head(space))) break;
      const carried: Carried[] = [];
      const begin = builder.writer.at;
      const isEliciting = this.#fill(space, builder.writer, carried, now, mayGrow || space.probes > 0);
      if (builder.writer.at === begin) {
        builder.abandon();
        continue;
      }
      if (isEliciting && space.probes > 0) space.probes--;
      if (space.level === levels.initial && isEliciting) padTo = minInitialDatagram;
      draft = { space, number: space.nextNumber++, carried, isEliciting };
    }
    if (draft) this.#seal(builder, draft, padTo, now);
    if (builder.length === 0) return this.#probeSize(now, path, mayGrow);
    transmit(target.subarray(0, builder.length), path);
    return true;
  }

  #head(space: PacketSpace): PacketHead {
    const { spaces, loss, source, destination } = this.#parts;
    const { level } = space;
    const keys = spaces.application;
    return {
      level,
      keys: (level === levels.application ? keys?.write : space.write) as PacketHead['keys'],
      number: space.nextNumber,
      largestAcked: loss.largestAcked(level),
      destination: destination(),
      source,
      phase: keys?.phase ?? 0,
    };
  }

  #seal(builder: DatagramBuilder, draft: Draft, padTo: number, now: number): void {
    const { loss, spaces } = this.#parts;
    const { space, number, carried, isEliciting } = draft;
    const before = builder.length;
    if (space.level === levels.application) spaces.application?.onSend(number);
    const bytes = builder.seal(padTo);
    const isInFlight = isEliciting || builder.length > before + 32;
    loss.onSent(space.level, {
      number,
      sentAt: now,
      bytes,
      isEliciting,
      isInFlight,
      carried,
      isSizeProbe: false,
    });
    if (isInFlight) this.#pacer.onSent(bytes);
    if (isEliciting) this.hasElicited = true;
  }

  #hasKeys(space: PacketSpace): boolean {
    return space.level === levels.application
      ? this.#parts.spaces.application !== undefined
      : space.write !== undefined;
  }

  #hasSomething(space: PacketSpace, now: number, mayGrow: boolean): boolean {
    if (space.received.ackAt <= now || space.probes > 0) return true;
    return mayGrow && this.#hasData(space);
  }

  #hasData(space: PacketSpace): boolean {
    if (space.hasCrypto) return true;
    if (space.level !== levels.application || !this.isHandshakeComplete) return false;
    return !this.#parts.outbox.isEmpty || this.#queue.length > 0;
  }

  /** @returns whether there is a frame that must be acknowledged */
  #fill(space: PacketSpace, writer: ByteWriter, carried: Carried[], now: number, withData: boolean): boolean {
    const { received } = space;
    if (received.ackAt < Infinity || space.probes > 0) {
      const delay =
        space.level === levels.application ? Math.max(0, now - received.largestAt) / ackDelayUnit : 0;
      if (writeAck(writer, received.ranges, Math.floor(delay))) {
        received.onAckSent();
        carried.push(new CarriedAck(received));
      }
    }
    if (!withData) return false;
    const before = writer.at;
    fillCrypto(space, writer, carried);
    if (space.level === levels.application && this.isHandshakeComplete) {
      this.#parts.outbox.fill(writer, carried);
      this.#fillStreams(writer, carried);
    }
    if (writer.at === before && space.probes > 0) writer.u8(frameTypes.ping);
    return writer.at > before;
  }

  /** Each stream fills a packet and goes behind the others. */
  #fillStreams(writer: ByteWriter, carried: Carried[]): void {
    const queue = this.#queue;
    const { credit } = this.#parts.streams;
    for (let stream = queue[0]; stream; stream = queue[0]) {
      const { sending } = stream;
      const piece = sending?.writeTo(writer, credit);
      if (piece) carried.push(piece);
      const hasMore = sending?.hasSomething(credit.left) ?? false;
      if (hasMore && !piece) return;
      queue.shift();
      if (!hasMore) stream.isQueued = false;
      else {
        queue.push(stream);
        return;
      }
    }
  }

  #isPaced(now: number): boolean {
    const { congestion, rtt } = this.#parts.loss;
    const delay = this.#pacer.delay(now, congestion, rtt);
    if (delay > 0) this.pacedUntil = now + delay;
    // What was held back for want of data and not of room must not let the window grow.
    congestion.isUnderused = false;
    return delay === 0;
  }

  /** With nothing else to send: larger datagrams may pass (RFC 8899). */
  #probeSize(now: number, path: Path, mayGrow: boolean): boolean {
    const { loss, spaces, buffer, transmit } = this.#parts;
    if (!mayGrow) return false;
    loss.congestion.isUnderused = loss.congestion.inFlight < loss.congestion.window / 2;
    const size = this.isHandshakeComplete && path.isValidated ? this.sizes.next(now) : 0;
    if (size === 0 || !spaces.application) return false;
    const target = buffer();
    const builder = new DatagramBuilder(target, size);
    const space = spaces.all[levels.application];
    builder.open(this.#head(space));
    builder.writer.u8(frameTypes.ping);
    const number = space.nextNumber++;
    spaces.application.onSend(number);
    const bytes = builder.seal(size);
    const { congestion } = loss;
    const carried = [this.sizes.probe(size, (bytesNow) => (congestion.datagramBytes = bytesNow))];
    loss.onSent(levels.application, {
      number,
      sentAt: now,
      bytes,
      isEliciting: true,
      isInFlight: true,
      carried,
      isSizeProbe: true,
    });
    transmit(target.subarray(0, bytes), path);
    return true;
  }
}

function fillCrypto({ cryptoOut }: PacketSpace, writer: ByteWriter, carried: Carried[]): void {
  for (;;) {
    const [from, most] = cryptoOut.nextRange(Infinity);
    const to = Math.min(most, from + writer.left - cryptoHeadBytes(from));
    if (to <= from) return;
    writeCryptoHead(writer, from, to - from);
    cryptoOut.copy(from, to, writer);
    carried.push(new CryptoPiece(cryptoOut, from, to));
  }
}
