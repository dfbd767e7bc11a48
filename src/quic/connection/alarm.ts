/** One timer for all that a connection waits for. It is set anew only for what is earlier: to ring too early costs less. */
export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;

  /** `ring` looks what is due, and sets it again. */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** `at` and `now` of `performance.now()`. */
  set(at: number, now: number): void {
    if (this.#timer && this.#at <= at) return;
    clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#ring();
      },
      Math.max(0, Math.ceil(at - now)),
    );
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
