/**
 * What must hold for the process and not per worker: one SharedArrayBuffer, made by the control thread and given to every
 * worker at its start. Two tables of Int32 cells. The control thread hands out the slots; a slot belongs to one endpoint
 * of one upstream (or to one upstream) until it is freed, whatever snapshots come and go meanwhile, so health, in-flight
 * counts and breaker state outlive every compile.
 */

export const maxEndpoints = 1 << 17;
export const maxUpstreams = 1 << 15;

/**
 * Cells of an endpoint. `unhealthy` holds the reasons, as bits of `unhealthyBit`. `since` is when it came, or became healthy again, in
 * the ticks of clock.ts. `connections` counts those to it in all workers (where there is a limit). `consecutive` to
 * `latency` are what outliers/reports.ts counts, the rest is that of outliers/ejection.ts: `ejectedUntil` is milliseconds of clock.ts
 * modulo 2^32, 0 for not ejected.
 */
export const endpointCell = {
  inFlight: 0,
  unhealthy: 1,
  since: 2,
  connections: 3,
  consecutive: 4,
  requests: 5,
  errors: 6,
  latency: 7,
  ejectedUntil: 8,
  ejections: 9,
  ejectionReason: 10,
} as const;
export const unhealthyBit = { check: 1, ejected: 2 } as const;
/**
 * Cells of an upstream. `openedAt` is monotonic milliseconds modulo 2^32 (process.hrtime, the same clock on all threads).
 * `breaker` holds a `breakerState` in its low two bits and above them the number of the state, which grows with every
 * transition. `health` grows whenever `unhealthy` of one of its endpoints, or which they are, changes, after that change (`touch`). `requests` (where there is a
 * limit), `pending`, `connections` (where there is a limit of connections) and `retries` count what goes on at the moment, `ejected` those of its endpoints
 * that are ejected.
 */
export const upstreamCell = {
  turn: 0,
  breaker: 1,
  failures: 2,
  successes: 3,
  openedAt: 4,
  trials: 5,
  health: 6,
  requests: 7,
  pending: 8,
  connections: 9,
  retries: 10,
  ejected: 11,
} as const;
export const breakerState = { closed: 0, open: 1, halfOpen: 2 } as const;

const endpointCells = 11;
const upstreamCells = 12;
const bytes = 4 * (maxEndpoints * endpointCells + maxUpstreams * upstreamCells);

/** For what one worker has counted in and not out yet; the cells are those of the shared state. */
export const makeLedger = (): SharedArrayBuffer => new SharedArrayBuffer(bytes);

export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #ledger: Int32Array | undefined;

  /** `ledger`: from `makeLedger`, where this thread writes down which of the counted requests are its own. */
  constructor(buffer = new SharedArrayBuffer(bytes), ledger?: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
    this.#ledger = ledger && new Int32Array(ledger);
  }

  /** Counts requests in flight to an endpoint in or out. */
  countInFlight(slot: number, by: 1 | -1): void {
    this.count(this.endpoint(slot, endpointCell.inFlight), by);
  }

  /** Counts in or out at a cell, and writes that down. The ledger has one writer, so it needs no Atomics. */
  count(cell: number, by: 1 | -1): void {
    if (this.#ledger) this.#ledger[cell] = (this.#ledger[cell] ?? 0) + by;
    Atomics.add(this.#cells, cell, by);
  }

  /** Counts in at a cell unless it is at `limit` already; then gives false. */
  countBelow(cell: number, limit: number): boolean {
    for (;;) {
      const count = Atomics.load(this.#cells, cell);
      if (count >= limit) return false;
      if (Atomics.compareExchange(this.#cells, cell, count, count + 1) === count) break;
    }
    if (this.#ledger) this.#ledger[cell] = (this.#ledger[cell] ?? 0) + 1;
    return true;
  }

  /** Counts out what a thread had in flight when it ended: its requests will never do so themselves. */
  settle(ledger: SharedArrayBuffer): void {
    for (const [cell, count] of new Int32Array(ledger).entries()) {
      if (count !== 0) Atomics.sub(this.#cells, cell, count);
    }
  }

  /** Tells those who pick endpoints of an upstream that something about them has changed, after it has. */
  touch(slot: number): void {
    Atomics.add(this.#cells, this.upstream(slot, upstreamCell.health), 1);
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
