import { RangeSet } from '../coding/range-set.ts';

/** Ranges that are remembered and told: older ones are given up (RFC 9000 section 13.2.3). */
const maxRanges = 32;
/** RFC 9000 section 13.2.2. */
const elicitingBeforeAck = 2;

/** The numbers of packets that came in one space, and when to acknowledge them (RFC 9000 section 13.2). */
export class ReceivedPackets {
  readonly ranges = new RangeSet();
  largest = -1;
  /** `performance.now()` when the largest came. */
  largestAt = 0;
  /** When an acknowledgement must leave; Infinity: nothing waits for one. */
  ackAt = Infinity;
  #eliciting = 0;
  /** Numbers below are taken for known. */
  #floor = 0;

  isKnown(number: number): boolean {
    return number < this.#floor || this.ranges.has(number);
  }

  /** `maxDelay`: how long an acknowledgement may wait. */
  add(number: number, isEliciting: boolean, now: number, maxDelay: number): void {
    const inOrder = number === this.largest + 1;
    this.ranges.add(number, number + 1);
    if (this.ranges.count > maxRanges) {
      this.ranges.keepHighest(maxRanges);
      this.#floor = this.ranges.flat[0] as number;
    }
    if (number > this.largest) {
      this.largest = number;
      this.largestAt = now;
    }
    if (!isEliciting) return;
    this.#eliciting++;
    // A gap, or something that fills one: the sender should know at once.
    if (!inOrder || this.#eliciting >= elicitingBeforeAck) this.ackAt = now;
    else this.ackAt = Math.min(this.ackAt, now + maxDelay);
  }

  /** An acknowledgement was written. */
  onAckSent(): void {
    this.#eliciting = 0;
    this.ackAt = Infinity;
  }

  /** The peer knows that everything up to `number` has come: it need not be told again (RFC 9000 section 13.2.4). */
  forgetUpTo(number: number): void {
    const floor = number + 1;
    if (floor <= this.#floor) return;
    this.#floor = floor;
    this.ranges.remove(0, floor);
  }
}
