/**
 * Counters and histograms for the request path. The cells are plain numbers that the caller holds on to: counting costs
 * an addition, where prom-client hashes the labels at each call (about 1 µs). `toJson` gives the shape of prom-client's
 * `getMetricsAsJSON`, so that its aggregation and text format serve for these too.
 */

export interface MetricJson {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator: 'sum' | 'max' | 'min' | 'first';
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly metricName?: string;
  }[];
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

class Family<C> {
  readonly described: Described;
  readonly cells = new Map<string, { readonly labels: Readonly<Record<string, string>>; readonly cell: C }>();
  readonly #make: () => C;

  constructor(described: Described, make: () => C) {
    this.described = described;
    this.#make = make;
  }

  /** The cell of these label values, in the order of the names; made when it is new. */
  cell(...values: readonly string[]): C {
    const key = values.join('\0');
    let known = this.cells.get(key);
    if (!known) {
      const labels = Object.fromEntries(this.described.labels.map((name, i) => [name, values[i] ?? '']));
      this.cells.set(key, (known = { labels, cell: this.#make() }));
    }
    return known.cell;
  }

  /** Forgets the cells whose first label has that value: what it named is gone. */
  drop(first: string): void {
    for (const key of this.cells.keys())
      if (key === first || key.startsWith(`${first}\0`)) this.cells.delete(key);
  }
}

export interface CounterCell {
  value: number;
}

export class CounterFamily extends Family<CounterCell> {
  constructor(name: string, help: string, labels: readonly string[]) {
    super({ name, help, labels }, () => ({ value: 0 }));
  }

  toJson(): MetricJson {
    const { name, help } = this.described;
    const values = [...this.cells.values()].map(({ labels, cell }) => ({ value: cell.value, labels }));
    return { name, help, type: 'counter', aggregator: 'sum', values };
  }
}

/** Upper bounds in seconds of what plugins take: microseconds mostly. */
export const briefBounds = [
  0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 1,
];

/** Upper bounds in seconds, from well under a millisecond to the timeouts. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class HistogramCell {
  readonly counts: Float64Array;
  sum = 0;
  readonly #bounds: readonly number[];

  constructor(upTo: readonly number[]) {
    this.#bounds = upTo;
    this.counts = new Float64Array(upTo.length + 1);
  }

  observe(seconds: number): void {
    const upTo = this.#bounds;
    let i = 0;
    while (i < upTo.length && seconds > (upTo[i] as number)) i++;
    this.counts[i] = (this.counts[i] as number) + 1;
    this.sum += seconds;
  }
}

export class HistogramFamily extends Family<HistogramCell> {
  readonly #bounds: readonly number[];

  constructor(name: string, help: string, labels: readonly string[], upTo = bounds) {
    super({ name, help, labels }, () => new HistogramCell(upTo));
    this.#bounds = upTo;
  }

  toJson(): MetricJson {
    const { name, help } = this.described;
    const values = [...this.cells.values()].flatMap(({ labels, cell }) => {
      let total = 0;
      const buckets = [...cell.counts].map((count, i) => ({
        value: (total += count),
        labels: { le: this.#bounds[i] ?? '+Inf', ...labels },
        metricName: `${name}_bucket`,
      }));
      return [
        ...buckets,
        { value: cell.sum, labels, metricName: `${name}_sum` },
        { value: total, labels, metricName: `${name}_count` },
      ];
    });
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}
