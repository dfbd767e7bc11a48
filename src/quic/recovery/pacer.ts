import type { NewReno } from './new-reno.ts';
import type { RttEstimator } from './rtt.ts';

/** Datagrams that may leave at once (RFC 9002 section 7.7). */
const burstDatagrams = 16;
/** Faster than the window over the round trip, so that the pacer is not what limits. */
const gain = 1.25;
const slowStartGain = 2;
/** Timers of Node are not finer: so much at least may leave between two. */
const tickMs = 2;

/** Spreads what the window allows over the round trip: a bucket of bytes that fills with time. */
export class Pacer {
  #tokens = Infinity;
  #filledAt = 0;

  /** Milliseconds until a datagram may leave; 0: now. */
  delay(now: number, congestion: NewReno, rtt: RttEstimator): number {
    const rate = this.#fill(now, congestion, rtt);
    return this.#tokens >= congestion.datagramBytes
      ? 0
      : Math.max(1, (congestion.datagramBytes - this.#tokens) / rate);
  }

  onSent(bytes: number): void {
    this.#tokens -= bytes;
  }

  /** @returns bytes a millisecond */
  #fill(now: number, { window, threshold, datagramBytes }: NewReno, rtt: RttEstimator): number {
    const rate = ((window < threshold ? slowStartGain : gain) * window) / Math.max(rtt.smoothed, 0.01);
    const most = Math.max(burstDatagrams * datagramBytes, rate * tickMs);
    this.#tokens = Math.min(most, this.#tokens + (now - this.#filledAt) * rate);
    this.#filledAt = now;
    return rate;
  }
}
