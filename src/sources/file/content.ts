import type { KubeObject } from '../../api/core.ts';
import type { Problem } from '../../model/problem.ts';
import type { Settings } from '../../model/settings.ts';
import type { Kind } from '../objects.ts';
import { tell, type FileProblem, type Written } from './written.ts';

/** One object with the place where it was written. */
export interface Entry {
  readonly kind: Kind;
  readonly object: KubeObject;
  readonly written: Written;
  /** What the short forms got wrong, in the words of the user; validation refuses the object as well. */
  readonly problems: readonly FileProblem[];
  /** A problem of the object, in the words and at the place of the user. */
  tell(problem: Problem): FileProblem;
}

export interface Content {
  readonly entries: readonly Entry[];
  /** Only of a loom.yaml. */
  readonly settings?: Settings;
  /** Parts that were left out, while the rest of the file counts. */
  readonly problems: readonly FileProblem[];
  /** Modules that the objects name, absolute. */
  readonly modules: readonly string[];
  /** Files that objects were made of, beside the file itself: certificates and keys, absolute. */
  readonly parts: readonly string[];
  /** Keys (`Kind:name`) of objects that cannot be read now; the last version of each is to stay. */
  readonly missing: readonly string[];
}

/** The file cannot be used at all. */
export class FileError extends Error {
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(problems.map(tell).join('\n'));
    this.name = 'FileError';
    this.problems = problems;
  }
}
