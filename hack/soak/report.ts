import { flatness, type Series } from './flatness.ts';
import type { LogTally } from './log-tally.ts';
import { processSeries, type ProcessPoint } from './samples.ts';
import type { Tally } from './traffic.ts';

export interface Results {
  readonly minutes: number;
  readonly tallies: readonly Tally[];
  readonly log: LogTally;
  /** Configurations that were served. */
  readonly revisions: number;
  readonly points: readonly ProcessPoint[];
  readonly threads: readonly Series[];
  /** Of Loom, after SIGTERM. */
  readonly exitCode: number | null;
}

const short = (value: number): string => (Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0));

/** Prints the figures as tables in Markdown. @returns whether nothing grew and nothing failed */
export function report({ minutes, tallies, log, revisions, points, threads, exitCode }: Results): boolean {
  const problems: string[] = [];
  console.log(`\n${minutes} minutes, ${revisions} configurations, ${log.requests} requests\n`);
  console.log('| traffic | done | errors |\n|---|---:|---|');
  for (const { kind, done, errors } of tallies) {
    const said = Object.entries(errors).map(([text, count]) => `${count} × ${text}`);
    console.log(`| ${kind} | ${done} | ${said.join(', ')} |`);
    if (said.length > 0) problems.push(`${kind}: ${said.join(', ')}`);
    if (done === 0) problems.push(`${kind}: nothing was done`);
  }
  for (const [what, count] of Object.entries({ ...log.failures, ...log.messages }))
    problems.push(`${count} × in the log: ${what}`);
  console.log(
    '\n| held | unit | after a third | at the end | an hour | 99.9 % | |\n|---|---|---:|---:|---:|---:|---|',
  );
  for (const series of [...processSeries(points), ...threads]) {
    const { first, last, slope, margin, isFlat } = flatness(series);
    const verdict = isFlat ? 'flat' : 'GROWS';
    const figures = [short(first), short(last), short(slope), `± ${short(margin)}`, verdict];
    console.log(`| ${[series.name, series.unit, ...figures].join(' | ')} |`);
    if (!isFlat) problems.push(`${series.name} grows`);
  }
  if (exitCode !== 0) problems.push(`Loom ended with ${exitCode}`);
  console.log(problems.length === 0 ? '\nNothing grew, nothing failed.' : `\n${problems.join('\n')}`);
  return problems.length === 0;
}
