interface Gate {
  count: number;
  readonly queue: Set<() => void>;
}

/** Lets only so many at a time ask the same server, so that one that is slow holds up nobody but its own. */
export class Gates {
  readonly #most: number;
  readonly #busy = new Map<string, Gate>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Rejects with the reason of `signal` when that aborts before there is a place. */
  async through<T>(server: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const gate = this.#busy.get(server) ?? { count: 0, queue: new Set() };
    this.#busy.set(server, gate);
    if (gate.count < this.#most) gate.count++;
    else await queued(gate, signal);
    try {
      return await work();
    } finally {
      // The place goes to the next one as it is, or is given up.
      const [next] = gate.queue;
      if (next) {
        gate.queue.delete(next);
        next();
      } else if (--gate.count === 0) this.#busy.delete(server);
    }
  }
}

function queued({ queue }: Gate, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const enter = (): void => {
    signal.removeEventListener('abort', leave);
    resolve();
  };
  const leave = (): void => {
    queue.delete(enter);
    reject(signal.reason as Error);
  };
  queue.add(enter);
  signal.addEventListener('abort', leave, { once: true });
  return promise;
}
