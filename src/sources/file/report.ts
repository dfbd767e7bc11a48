import type { KubeObject } from '../../api/core.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { ConditionState, ObjectStatus } from '../objects.ts';
import type { Entry } from './content.ts';
import { problemsOf } from './told.ts';
import { pointerOf, type FileProblem } from './written.ts';

const failures = {
  Accepted: 'object is not accepted',
  ResolvedRefs: 'object refers to something that it cannot use',
  Programmed: 'object is not served as it is written',
} as const satisfies Record<ConditionState['type'], string>;

/** Tells in the log what became of the objects of files, each thing once: a repetition says nothing new. */
export class Reporter {
  readonly #log: Logger;
  readonly #entryOf: (object: KubeObject) => Entry | undefined;
  readonly #told = new Map<string, string>();
  #summary = '';

  constructor(log: Logger, entryOf: (object: KubeObject) => Entry | undefined) {
    this.#log = log;
    this.#entryOf = entryOf;
  }

  report(statuses: ReadonlyMap<string, ObjectStatus>): void {
    for (const key of this.#told.keys()) if (!statuses.has(key)) this.#told.delete(key);
    let bad = 0;
    for (const [key, status] of statuses) {
      const failed = status.conditions.filter((condition) => condition.status === 'False');
      if (failed.length > 0) bad++;
      const now = [...failed, ...status.warnings]
        .map(({ reason, message }) => `${reason}: ${message}`)
        .join('\n');
      const before = this.#told.get(key);
      if (before === now) continue;
      this.#told.set(key, now);
      if (now !== '') this.#warn(key, status, failed);
      else if (before !== undefined) this.#log.info({ object: key }, 'object is without problems again');
    }
    const summary = `${statuses.size} ${bad}`;
    if (summary !== this.#summary)
      this.#log.info({ objects: statuses.size, withProblems: bad }, 'objects judged');
    this.#summary = summary;
  }

  #warn(key: string, { object, warnings }: ObjectStatus, failed: readonly ConditionState[]): void {
    const entry = this.#entryOf(object);
    for (const { type, reason, message } of failed) {
      const problems = type === 'Accepted' && reason === 'Invalid' && entry ? problemsOf(entry) : [];
      for (const problem of problems)
        this.#log.warn({ object: key, reason, ...problem }, 'object is invalid');
      if (problems.length === 0) {
        this.#log.warn(
          { object: key, condition: type, reason, message, ...place(entry, message) },
          failures[type],
        );
      }
    }
    for (const { reason, message } of warnings) {
      this.#log.warn({ object: key, reason, message, ...place(entry, message) }, 'object has a warning');
    }
  }
}

/** Messages of references begin with the field; it leads to the place. */
function place(entry: Entry | undefined, message: string): Partial<FileProblem> {
  const told = entry?.tell({ path: pointerOf(message) ?? '', message: '' });
  return told ? { location: told.location, ...(told.field ? { field: told.field } : {}) } : {};
}
