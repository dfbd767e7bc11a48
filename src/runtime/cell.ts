/** Something that outlives one request and must be given back when nobody uses it any more. */
export interface Resource {
  close(): void;
}

/** One snapshot with the number of exchanges that began in it and have not ended. */
export interface Generation<S> {
  readonly snapshot: S;
  users: number;
}

interface Retired<S> {
  readonly generation: Generation<S>;
  /** What this snapshot had and its successor no longer has. */
  readonly dropped: readonly Resource[];
}

/**
 * The one cell from which every request takes its world. Readers see the old snapshot or the new one, never a mix,
 * because all the work is done before the one assignment of `swap`. What a swap drops is closed when the last exchange of
 * that generation, and of every older one, has ended: an older one may use it too.
 */
export class SnapshotCell<S> {
  #now: Generation<S>;
  readonly #retired: Retired<S>[] = [];

  constructor(first: S) {
    this.#now = { snapshot: first, users: 0 };
  }

  get current(): S {
    return this.#now.snapshot;
  }

  /** Generations that only wait for their last exchange. */
  get waiting(): number {
    return this.#retired.length;
  }

  /** Pins the current snapshot; pair it with one `leave`. */
  enter(): Generation<S> {
    this.#now.users++;
    return this.#now;
  }

  leave(generation: Generation<S>): void {
    if (--generation.users === 0 && generation !== this.#now) this.#sweep();
  }

  swap(next: S, dropped: readonly Resource[]): void {
    this.#retired.push({ generation: this.#now, dropped });
    this.#now = { snapshot: next, users: 0 };
    this.#sweep();
  }

  #sweep(): void {
    while (this.#retired[0]?.generation.users === 0) {
      for (const resource of this.#retired.shift()?.dropped ?? []) resource.close();
    }
  }
}
