/** When a connection is given up because nothing comes (RFC 9000 section 10.1). Times are of `performance.now()`, in milliseconds. */
export class IdleClock {
  at: number;
  readonly #most: number;
  /** What the client says; 0: nothing. */
  clientMs = 0;

  constructor(most: number, now: number) {
    this.#most = most;
    this.at = now + most;
  }

  received(now: number, probeTimeout: number): void {
    const least = this.clientMs > 0 ? Math.min(this.#most, this.clientMs) : this.#most;
    this.at = now + Math.max(least, 3 * probeTimeout);
  }

  /** Something that must be acknowledged has left: there must be time for that. */
  sent(now: number, probeTimeout: number): void {
    this.at = Math.max(this.at, now + 3 * probeTimeout);
  }
}
