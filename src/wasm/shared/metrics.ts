import type { PluginMetric } from '../../telemetry/plugin-metrics.ts';
import { status, type Status } from '../abi/status.ts';
import { histogramBounds, MetricMemory, metricTypes } from './metric-memory.ts';

const [counter, gauge, histogram] = [0, 1, 2];
/** The number of a metric that there was no room for: it may be used like any other, and counts nothing. */
const nowhere = 0;

/**
 * The metrics of one plugin as one thread sees them (proxy-wasm spec 0.2.1, `proxy_define_metric` and those after it; the
 * rules are those of Envoy). An id is `number << 2 | type`, and the same in all threads and instances.
 */
export class PluginMetrics {
  readonly #memory: MetricMemory;
  /** By type and name. */
  readonly #ids = new Map<string, number>();
  /** By number: the type, and the index of the first number in the memory. */
  readonly #types: number[] = [-1];
  readonly #places: number[] = [-1];

  /** `holder`: see SharedLock. */
  constructor(buffer: SharedArrayBuffer, holder: number) {
    this.#memory = new MetricMemory(buffer, holder);
  }

  /** The id; that of nowhere when the plugin has too many. -1: there is no such type. */
  define(type: number, name: Buffer): number {
    if (metricTypes[type] === undefined) return -1;
    const key = keyOf(type, name);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    return this.#memory.locked(() => {
      this.#learn();
      if (!this.#ids.has(key) && this.#memory.add(type, name)) this.#learn();
      return this.#ids.get(key) ?? (nowhere << 2) | type;
    });
  }

  /** Counters take what is above 0 only; histograms nothing. */
  increment(id: number, by: bigint): Status {
    const type = id & 3;
    if (type >= histogram || (type === counter && by <= 0n)) return status.badArgument;
    const place = this.#place(id);
    if (place === undefined) return status.notFound;
    if (place >= 0) Atomics.add(this.#memory.numbers, place, by);
    return status.ok;
  }

  /** Adds to a counter, sets a gauge, counts in a histogram. */
  record(id: number, value: bigint): Status {
    const place = this.#place(id);
    if (place === undefined) return status.notFound;
    if (place < 0) return status.ok;
    const { numbers } = this.#memory;
    const type = id & 3;
    if (type === gauge) Atomics.store(numbers, place, value);
    else if (type === counter) Atomics.add(numbers, place, value);
    else {
      const amount = BigInt.asUintN(64, value);
      let bucket = 0;
      while (bucket < histogramBounds.length && amount > (histogramBounds[bucket] as number)) bucket++;
      Atomics.add(numbers, place + bucket, 1n);
      Atomics.add(numbers, place + histogramBounds.length + 1, amount);
    }
    return status.ok;
  }

  /** The sum over all threads, or why there is none. */
  get(id: number): bigint | Status {
    if ((id & 3) >= histogram) return status.badArgument;
    const place = this.#place(id);
    if (place === undefined) return status.notFound;
    return place < 0 ? 0n : Atomics.load(this.#memory.numbers, place);
  }

  /** All, as they are now. */
  read(): readonly PluginMetric[] {
    this.#learn();
    const { numbers } = this.#memory;
    return [...this.#ids].map(([key, id]) => {
      const type = id & 3;
      const place = this.#places[id >>> 2] as number;
      const name = Buffer.from(key.slice(1), 'latin1').toString();
      const at = (offset: number): bigint => Atomics.load(numbers, place + offset);
      if (type === counter) return { type: 'counter', name, value: Number(BigInt.asUintN(64, at(0))) };
      if (type === gauge) return { type: 'gauge', name, value: Number(at(0)) };
      const counts = Array.from({ length: histogramBounds.length + 1 }, (_, i) => Number(at(i)));
      const sum = Number(BigInt.asUintN(64, at(counts.length)));
      return { type: 'histogram', name, bounds: histogramBounds, counts, sum };
    });
  }

  abandon(holder: number): void {
    this.#memory.abandon(holder);
  }

  /** -1 for nowhere. */
  #place(id: number): number | undefined {
    const number = id >>> 2;
    if (number === nowhere) return (id & 3) > histogram ? undefined : -1;
    // A plugin may hold the id of a metric that another instance has defined.
    if (number >= this.#types.length) this.#learn();
    return this.#types[number] === (id & 3) ? this.#places[number] : undefined;
  }

  #learn(): void {
    for (const { type, name, at } of this.#memory.unseen()) {
      this.#ids.set(keyOf(type, name), (this.#types.length << 2) | type);
      this.#types.push(type);
      this.#places.push(at);
    }
  }
}

const keyOf = (type: number, name: Buffer): string => type + name.latin1Slice();
