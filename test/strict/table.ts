import type { Vector } from '../http/vector.ts';
import { isRefused, ruleOf, vectors, type Rule } from './rules.ts';
import type { Verdict } from './verdict.ts';

/** What one gateway made of the vectors. */
export interface Column {
  readonly name: string;
  readonly verdicts: ReadonlyMap<Vector, { readonly verdict: Verdict; readonly status: number }>;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

/** Counts by level, then each vector in which somebody does otherwise than Loom, in Markdown. */
export function table(columns: readonly Column[]): string {
  const names = columns.map(({ name }) => name);
  const counts = (title: string, counted: (vector: Vector) => boolean, wrong: Verdict): string => {
    const all = vectors.filter(counted);
    const misses = columns.map(
      ({ verdicts }) => all.filter((one) => verdicts.get(one)?.verdict === wrong).length,
    );
    return row([`${title} (${all.length})`, ...misses.map(String)]);
  };
  const of = (level: Rule['level']) => (vector: Vector) =>
    isRefused(vector) && ruleOf(vector)?.level === level;
  let text = row(['', ...names]) + row(['---', ...names.map(() => '--:')]);
  text += counts('taken, though the RFC says MUST refuse', of('MUST'), 'took');
  text += counts('taken, though the RFC says SHOULD refuse', of('SHOULD'), 'took');
  text += counts('taken, where Loom is stricter', of('own'), 'took');
  text += counts('refused, though well-formed', (vector) => !isRefused(vector), 'refused');
  text += `\n${row(['request', 'rule', ...names])}${row(['---', '---', ...names.map(() => '---')])}`;
  for (const vector of vectors) {
    const cells = columns.map(({ verdicts }) => verdicts.get(vector));
    if (cells.every((cell) => cell?.verdict === 'right')) continue;
    const rule = ruleOf(vector);
    const said = isRefused(vector) ? `${rule?.section} ${rule?.level}` : 'well-formed';
    text += row([
      vector.name.replaceAll('|', '\\|'),
      said,
      ...cells.map((cell) => String(cell?.status || 'closed')),
    ]);
  }
  return text;
}
