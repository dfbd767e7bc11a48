/** Lets only so many at a time ask the same server, so that one that is slow holds up nobody but its own. */
export class Gates {
  readonly #most: number;
  readonly #busy = new Map<string, { count: number; readonly queue: (() => void)[] }>();

  constructor(most: number) {
    this.#most = most;
  }

  async through<T>(server: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const gate = this.#busy.get(server) ?? { count: 0, queue: [] };
    this.#busy.set(server, gate);
    if (gate.count < this.#most) gate.count++;
    else await new Promise<void>((resolve) => gate.queue.push(resolve));
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      // The place goes to the next one as it is, or is given up.
      const next = gate.queue.shift();
      if (next) next();
      else if (--gate.count === 0) this.#busy.delete(server);
    }
  }
}
