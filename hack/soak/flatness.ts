/** Something that was measured again and again. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  /** Growth over the whole run that is nobody's leak, in place of what holds for the unit. */
  readonly slack?: number;
  /** Seconds since the start, and the value. */
  readonly points: readonly (readonly [at: number, value: number])[];
}

export interface Flatness {
  readonly first: number;
  readonly last: number;
  /** Units an hour, with the half width of its 99.9 % confidence interval. */
  readonly slope: number;
  readonly margin: number;
  readonly isFlat: boolean;
}

/** Neighbours depend on each other (a collection, a batch of connections); medians of so many stretches of time hardly do. */
const blocks = 20;
/** Student's t with 18 degrees of freedom: 99.9 % lie within, both sides. There are a dozen series in a run. */
const t = 3.922;
/** Growth over the whole run that is nobody's leak, by unit: a leak of a run twice as long would be beyond it. */
const floors: Readonly<Record<string, (level: number) => number>> = {
  MiB: (level) => Math.max(2, level * 0.02),
};
const plainFloor = 4;

/**
 * Whether something grows. The first third is left out (caches, pools and compiled code come to their size); the medians of 20
 * stretches of the rest get a line by least squares. It grows where the whole 99.9 % confidence interval of the slope is above 0 and
 * the line rises by more than a floor: the `slack` of the series, 2 % of the level and at least 2 MiB, or 4 of what is counted.
 */
export function flatness({ points, unit, slack }: Series): Flatness {
  const end = points.at(-1)?.[0] ?? 0;
  const begin = end / 3;
  const medians: [number, number][] = [];
  for (let i = 0; i < blocks; i++) {
    const from = begin + ((end - begin) * i) / blocks;
    const to = begin + ((end - begin) * (i + 1)) / blocks;
    const values = points.filter(([at]) => at > from && at <= to).map(([, value]) => value);
    if (values.length > 0) medians.push([(from + to) / 2, median(values)]);
  }
  const n = medians.length;
  const meanX = mean(medians.map(([x]) => x));
  const meanY = mean(medians.map(([, y]) => y));
  const sxx = medians.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = medians.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / sxx;
  const residual = medians.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const margin = t * Math.sqrt(residual / (n - 2) / sxx);
  const floor = slack ?? floors[unit]?.(meanY) ?? plainFloor;
  return {
    first: medians[0]?.[1] ?? 0,
    last: medians.at(-1)?.[1] ?? 0,
    slope: slope * 3600,
    margin: margin * 3600,
    isFlat: slope - margin <= 0 || slope * (end - begin) <= floor,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
