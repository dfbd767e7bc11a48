import type { LoomKind } from '../../model/schema.ts';
import { validate } from '../../model/validate.ts';
import type { Entry } from './content.ts';
import type { FileProblem } from './written.ts';

const loomKinds: Readonly<Record<LoomKind, true>> = { LoomRoute: true, LoomUpstream: true, WasmPlugin: true };

/** What is wrong with one object, in the words and at the places of the user. Empty when it is valid. */
export function problemsOf(entry: Entry): readonly FileProblem[] {
  if (!isLoomKind(entry.kind)) return entry.problems;
  const result = validate(entry.kind, entry.object);
  if (!('problems' in result)) return entry.problems;
  const better = new Set(entry.problems.map((problem) => problem.location + problem.field));
  const told = new Map(entry.problems.map((problem) => [JSON.stringify(problem), problem]));
  for (const problem of result.problems.map((p) => entry.tell(p))) {
    if (!better.has(problem.location + problem.field)) told.set(JSON.stringify(problem), problem);
  }
  return [...told.values()];
}

function isLoomKind(kind: string): kind is LoomKind {
  return Object.hasOwn(loomKinds, kind);
}
