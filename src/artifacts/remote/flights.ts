interface Flight {
  readonly result: Promise<unknown>;
  readonly stop: AbortController;
  waiting: number;
}

/** Work that several want at once is done once; it is stopped when nobody waits for it any more. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** The result of the work under way for `key`, or of `work` begun now. Rejects with the reason of `signal` when that aborts. */
  async join<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#begin(key, work);
    flight.waiting++;
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return (await Promise.race([flight.result, gone.promise])) as T;
    } finally {
      signal.removeEventListener('abort', leave);
      if (--flight.waiting === 0) {
        flight.stop.abort();
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<unknown>): Flight {
    const stop = new AbortController();
    const result = work(stop.signal);
    // Who waits hears of a failure; when nobody does, nobody needs to.
    result.catch(() => undefined);
    const flight = { result, stop, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }
}
