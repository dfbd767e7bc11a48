/** Cells of one worker. */
const cell = { living: 0, bell: 1 } as const;
const cellsOfWorker = 2;

/** Made by the control thread for a fixed number of workers. */
export const makeRoster = (workers: number): SharedArrayBuffer =>
  new SharedArrayBuffer(4 * cellsOfWorker * workers);

/**
 * Which data workers live, and a bell for each. A worker writes itself in when it serves the model; the control thread
 * strikes it out when it has ended.
 */
export class Roster {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #workers: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
    this.#workers = this.#cells.length / cellsOfWorker;
  }

  enter(worker: number): void {
    Atomics.store(this.#cells, worker * cellsOfWorker + cell.living, 1);
  }

  strike(worker: number): void {
    Atomics.store(this.#cells, worker * cellsOfWorker + cell.living, 0);
  }

  /** Whether no living worker has a lower number: where things run that run once in the process. */
  isFirst(worker: number): boolean {
    for (let other = 0; other < worker; other++) {
      if (Atomics.load(this.#cells, other * cellsOfWorker + cell.living) === 1) return false;
    }
    return true;
  }

  ring(worker: number): void {
    const index = worker * cellsOfWorker + cell.bell;
    Atomics.add(this.#cells, index, 1);
    Atomics.notify(this.#cells, index);
  }

  ringAll(): void {
    for (let worker = 0; worker < this.#workers; worker++) this.ring(worker);
  }

  /** Calls `heard` on the event loop after every ring, at least once for all that came together, from now to the end of the thread. */
  onRing(worker: number, heard: () => void): void {
    const index = worker * cellsOfWorker + cell.bell;
    const listen = (seen: number): void => {
      const { async, value } = Atomics.waitAsync(this.#cells, index, seen);
      const next = (): void => {
        const now = Atomics.load(this.#cells, index);
        heard();
        listen(now);
      };
      if (async) void value.then(next);
      else setImmediate(next);
    };
    listen(Atomics.load(this.#cells, index));
  }
}
