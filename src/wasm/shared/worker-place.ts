import { registrantOf } from './queues.ts';
import type { Roster } from './roster.ts';

/** A data worker among the others. */
export class WorkerPlace {
  /** From 0; a worker that replaces another has its number. */
  readonly worker: number;
  /** See SharedLock. */
  readonly holder: number;
  readonly #roster: Roster;
  readonly #listeners = new Set<() => void>();
  #listening = false;
  #registrants = 0;

  constructor(worker: number, roster: Roster) {
    this.worker = worker;
    this.holder = holderOf(worker);
    this.#roster = roster;
  }

  /** Whether this is where things run that run once in the process. */
  get isFirst(): boolean {
    return this.#roster.isFirst(this.worker);
  }

  /** A number for who is told of a queue; not 0, and no other of the process that is in use. */
  nextRegistrant(): number {
    this.#registrants = (this.#registrants + 1) & 0xfffff;
    return registrantOf(this.worker, this.#registrants || ++this.#registrants);
  }

  ring(worker: number): void {
    this.#roster.ring(worker);
  }

  ringAll(): void {
    this.#roster.ringAll();
  }

  /** `heard` is called on the event loop after each ring for this worker, until the returned function is called. */
  listen(heard: () => void): () => void {
    this.#listeners.add(heard);
    if (!this.#listening) {
      this.#listening = true;
      this.#roster.onRing(this.worker, () => {
        for (const listener of this.#listeners) listener();
      });
    }
    return () => void this.#listeners.delete(heard);
  }
}

export const holderOf = (worker: number): number => worker + 1;
