/** What repeated work took, in microseconds unless a table says otherwise. */
export interface Summary {
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function summaryOf(times: readonly number[]): Summary {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? 0;
  const avg = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  return { avg, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export const figure = (value: number): string => value.toFixed(value < 100 ? 2 : 0);

/** Prints a table as docs/performance.md has it. */
export function print(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  console.log(`\n${title}\n\n${line(columns)}\n${line(columns.map((_, i) => (i === 0 ? '---' : '---:')))}`);
  for (const row of rows) console.log(line(row));
}

export interface Contender {
  readonly name: string;
  readonly run: () => void;
}

/**
 * The times of each contender in microseconds. In turn, a few at a time, so that what else the machine does meets all of them
 * alike; the first quarter, in which V8 still compiles, is left out.
 */
export function race(contenders: readonly Contender[], runs: number): readonly Summary[] {
  const times = contenders.map((): number[] => []);
  const batch = 20;
  const warm = Math.ceil(runs / 3);
  for (let done = 0; done < runs + warm; done += batch) {
    for (const [i, { run }] of contenders.entries()) {
      for (let n = 0; n < batch; n++) {
        const began = performance.now();
        run();
        const took = (performance.now() - began) * 1000;
        if (done >= warm) times[i]?.push(took);
      }
    }
  }
  return times.map(summaryOf);
}
