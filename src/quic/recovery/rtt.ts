/** Milliseconds (RFC 9002 section 6.2.2). */
const initialRtt = 333;
/** Timers are not finer (RFC 9002 section 6.1.2). */
const granularityMs = 1;

/** Round-trip times of one path (RFC 9002 section 5), in milliseconds. */
export class RttEstimator {
  latest = 0;
  min = 0;
  smoothed = initialRtt;
  variance = initialRtt / 2;
  /** `performance.now()` of the first sample. */
  firstSampleAt = Infinity;

  /** `ackDelay`: what the peer says that it waited, limited by what it may wait. */
  update(latest: number, ackDelay: number, now: number): void {
    this.latest = latest;
    if (this.firstSampleAt === Infinity) {
      this.firstSampleAt = now;
      this.min = latest;
      this.smoothed = latest;
      this.variance = latest / 2;
      return;
    }
    this.min = Math.min(this.min, latest);
    const adjusted = latest >= this.min + ackDelay ? latest - ackDelay : latest;
    this.variance = 0.75 * this.variance + 0.25 * Math.abs(this.smoothed - adjusted);
    this.smoothed = 0.875 * this.smoothed + 0.125 * adjusted;
  }

  /** How long to wait for an acknowledgement (RFC 9002 section 6.2.1), without the peer's delay. */
  get probeTimeout(): number {
    return this.smoothed + Math.max(4 * this.variance, granularityMs);
  }

  /** How long a packet may be missing before it counts as lost (RFC 9002 section 6.1.2). */
  get lossDelay(): number {
    return Math.max((9 / 8) * Math.max(this.latest, this.smoothed), granularityMs);
  }
}
