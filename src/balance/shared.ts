/**
 * What must hold for the process and not per worker: one SharedArrayBuffer, made by the control thread and given to every
 * worker at its start. Two tables of Int32 cells. The control thread hands out the slots; a slot belongs to one endpoint
 * of one upstream (or to one upstream) until it is freed, whatever snapshots come and go meanwhile, so health, in-flight
 * counts and breaker state outlive every compile.
 */

export const maxEndpoints = 1 << 17;
export const maxUpstreams = 1 << 15;

/** Cells of an endpoint. */
export const endpointCell = { inFlight: 0, unhealthy: 1 } as const;
/**
 * Cells of an upstream. `openedAt` is monotonic milliseconds modulo 2^32 (process.hrtime, the same clock on all threads).
 * `breaker` holds a `breakerState` in its low two bits and above them the number of the state, which grows with every
 * transition. `health` grows whenever `unhealthy` of one of its endpoints changes, after that change.
 */
export const upstreamCell = {
  turn: 0,
  breaker: 1,
  failures: 2,
  successes: 3,
  openedAt: 4,
  trials: 5,
  health: 6,
} as const;
export const breakerState = { closed: 0, open: 1, halfOpen: 2 } as const;

const endpointCells = 2;
const upstreamCells = 7;

export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(
    buffer = new SharedArrayBuffer(4 * (maxEndpoints * endpointCells + maxUpstreams * upstreamCells)),
  ) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /** The cells, for Atomics; index with `endpoint()` or `upstream()`. */
  get cells(): Int32Array {
    return this.#cells;
  }

  endpoint(slot: number, cell: number): number {
    return slot * endpointCells + cell;
  }

  upstream(slot: number, cell: number): number {
    return maxEndpoints * endpointCells + slot * upstreamCells + cell;
  }
}
