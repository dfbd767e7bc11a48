import { readFileSync } from 'node:fs';

export interface MachineTimes {
  /** Of all processors, in ticks. */
  readonly all: number;
  /** In which other machines of the same host had them. */
  readonly stolen: number;
}

/** Since the machine began (proc_stat(5)). */
export function machineTimes(): MachineTimes {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  // The eighth is the time that was stolen; what follows is part of what came before.
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), stolen: ticks[7] ?? 0 };
}

/** @returns percent */
export function stolenSince(before: MachineTimes): number {
  const now = machineTimes();
  return (100 * (now.stolen - before.stolen)) / Math.max(1, now.all - before.all);
}
