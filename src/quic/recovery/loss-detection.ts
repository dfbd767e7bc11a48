import { transportCodes, TransportError } from '../errors.ts';
import { levels, type Level } from '../levels.ts';
import { NewReno } from './new-reno.ts';
import { RttEstimator } from './rtt.ts';
import type { SentPacket } from './sent-packet.ts';
import { SentPackets } from './sent-packets.ts';

/** RFC 9002 section 6.1.1. */
const packetThreshold = 3;
/** RFC 9002 section 7.6.1. */
const persistentTimeouts = 3;

/** What was sent in one packet number space (RFC 9002 appendix A.3). */
interface Space {
  readonly sent: SentPackets;
  largestSent: number;
  largestAcked: number;
  lossTime: number;
  lastElicitingAt: number;
  eliciting: number;
}

const newSpace = (): Space => ({
  sent: new SentPackets(),
  largestSent: -1,
  largestAcked: -1,
  lossTime: Infinity,
  lastElicitingAt: 0,
  eliciting: 0,
});

/** What an ACK frame says: [from, to, …] descending, both included. */
export interface Acknowledged {
  readonly largest: number;
  /** Milliseconds. */
  readonly delay: number;
  readonly ranges: readonly number[];
}

/** Finds out what arrived and what was lost, and when to ask (RFC 9002 section 6 and appendix A). Times are of `performance.now()`. */
export class LossDetection {
  readonly rtt = new RttEstimator();
  congestion: NewReno;
  probeCount = 0;
  /** What the peer may wait before it acknowledges. */
  maxAckDelay = 25;
  isHandshakeConfirmed = false;
  /** Packets that were declared lost, for the metrics. */
  lost = 0;
  readonly #spaces: readonly [Space, Space, Space] = [newSpace(), newSpace(), newSpace()];

  constructor(datagramBytes: number) {
    this.congestion = new NewReno(datagramBytes);
  }

  largestAcked(level: Level): number {
    return this.#spaces[level].largestAcked;
  }

  onSent(level: Level, packet: SentPacket): void {
    const space = this.#spaces[level];
    space.largestSent = packet.number;
    if (!packet.isInFlight) return;
    space.sent.add(packet);
    if (packet.isEliciting) {
      space.lastElicitingAt = packet.sentAt;
      space.eliciting++;
    }
    this.congestion.onSent(packet.bytes);
  }

  /** Throws for what was never sent. @returns whether it says anything new */
  onAck(level: Level, ack: Acknowledged, now: number): boolean {
    const space = this.#spaces[level];
    if (ack.largest > space.largestSent)
      throw new TransportError(transportCodes.protocolViolation, 'an acknowledgement of what was not sent');
    space.largestAcked = Math.max(space.largestAcked, ack.largest);
    const newly = takeAcked(space, ack.ranges);
    const [last] = newly;
    if (!last) return false;
    if (last.number === ack.largest && newly.some(({ isEliciting }) => isEliciting)) {
      const delay =
        level === levels.application
          ? Math.min(ack.delay, this.isHandshakeConfirmed ? this.maxAckDelay : Infinity)
          : 0;
      this.rtt.update(now - last.sentAt, delay, now);
    }
    // What is lost first: a window that grows by what was acknowledged meanwhile is too large.
    this.#detectLost(space, now);
    for (const packet of newly) {
      if (packet.isEliciting) space.eliciting--;
      this.congestion.onAcked(packet);
      for (const one of packet.carried) one.acked();
    }
    this.probeCount = 0;
    return true;
  }

  /** When `onTimeout` is to be called (appendix A.8); Infinity: not at all. */
  deadline(): number {
    const lossTime = Math.min(...this.#spaces.map((space) => space.lossTime));
    return lossTime === Infinity ? this.#probe().at : lossTime;
  }

  /** Appendix A.9. @returns the level that needs a probe; undefined: packets were declared lost, or nothing is due */
  onTimeout(now: number): Level | undefined {
    const due = this.#spaces.find(({ lossTime }) => lossTime <= now);
    if (due) {
      this.#detectLost(due, now);
      return undefined;
    }
    const { at, level } = this.#probe();
    if (at > now) return undefined;
    this.probeCount++;
    return level;
  }

  /** Has what the oldest packets carried sent once more, in a probe; they may still arrive (section 6.2.4). */
  repeatOldest(level: Level, most: number): void {
    let left = most;
    for (const { carried } of this.#spaces[level].sent.upTo(Infinity)) {
      if (carried.length === 0) continue;
      for (const one of carried) one.lost();
      if (--left === 0) return;
    }
  }

  /** The keys of the level are gone (section 6.4). */
  discard(level: Level): void {
    const space = this.#spaces[level];
    for (const packet of space.sent.upTo(Infinity)) this.congestion.onLost(packet);
    space.sent.clear();
    space.eliciting = 0;
    space.lossTime = Infinity;
    this.probeCount = 0;
  }

  /** Of another path (RFC 9000 section 9.4). */
  restart(): void {
    const fresh = new NewReno(this.congestion.datagramBytes);
    fresh.inFlight = this.congestion.inFlight;
    this.congestion = fresh;
    Object.assign(this.rtt, new RttEstimator());
  }

  /** Probe timeout with the delay of the peer (section 6.2.1), without backoff. */
  get probeTimeout(): number {
    return this.rtt.probeTimeout + this.maxAckDelay;
  }

  /** Appendix A.8: GetPtoTimeAndSpace. */
  #probe(): { readonly at: number; readonly level: Level } {
    const backoff = 2 ** Math.min(this.probeCount, 16);
    let at = Infinity;
    let level: Level = levels.initial;
    for (const one of [levels.initial, levels.handshake, levels.application] as const) {
      const space = this.#spaces[one];
      if (space.eliciting === 0) continue;
      if (one === levels.application && !this.isHandshakeConfirmed) continue;
      const timeout = one === levels.application ? this.probeTimeout : this.rtt.probeTimeout;
      const then = space.lastElicitingAt + timeout * backoff;
      if (then < at) [at, level] = [then, one];
    }
    return { at, level };
  }

  /** Appendix A.10. */
  #detectLost(space: Space, now: number): void {
    space.lossTime = Infinity;
    const delay = this.rtt.lossDelay;
    const lost: SentPacket[] = [];
    for (const packet of space.sent.upTo(space.largestAcked)) {
      if (packet.sentAt <= now - delay || space.largestAcked >= packet.number + packetThreshold)
        lost.push(packet);
      else space.lossTime = Math.min(space.lossTime, packet.sentAt + delay);
    }
    if (lost.length === 0) return;
    let sentAt = -Infinity;
    for (const packet of lost) {
      space.sent.take(packet.number, packet.number, []);
      if (packet.isEliciting) space.eliciting--;
      this.congestion.onLost(packet);
      if (!packet.isSizeProbe) sentAt = Math.max(sentAt, packet.sentAt);
      for (const one of packet.carried) one.lost();
    }
    this.lost += lost.length;
    if (sentAt === -Infinity) return;
    this.congestion.onCongestion(sentAt, now);
    if (this.#isPersistent(lost)) this.congestion.onPersistentCongestion();
  }

  /** Section 7.6: everything that was sent over that long a time is lost. Runs of numbers without a gap are looked at. */
  #isPersistent(lost: readonly SentPacket[]): boolean {
    const duration = this.probeTimeout * persistentTimeouts;
    let begin: SentPacket | undefined;
    let last = -1;
    for (const packet of lost) {
      if (packet.number !== last + 1) begin = undefined;
      last = packet.number;
      if (!packet.isEliciting || packet.sentAt < this.rtt.firstSampleAt) continue;
      begin ??= packet;
      if (packet.sentAt - begin.sentAt > duration) return true;
    }
    return false;
  }
}

/** Removes what the ranges say, and gives it with the highest number first. */
function takeAcked({ sent }: Space, ranges: readonly number[]): SentPacket[] {
  const newly: SentPacket[] = [];
  // The peer repeats ranges until it knows that they have come: what is below the first that is missing is known.
  const lowest = sent.first?.number;
  if (lowest === undefined) return newly;
  for (let i = 0; i < ranges.length && (ranges[i + 1] as number) >= lowest; i += 2)
    sent.take(ranges[i] as number, ranges[i + 1] as number, newly);
  return newly;
}
