import { kinds, FileState } from './state.ts';
import { problemsOf } from './told.ts';
import { shown, type FileProblem } from './written.ts';

/**
 * Everything that is wrong with the configuration at a path, as `loom validate` says it: syntax, settings, and each object
 * by itself. What objects refer to is not looked up, for it may live elsewhere. Empty when all is well; never rejects.
 */
export function checkPath(path: string): Promise<readonly FileProblem[]> {
  const state = new FileState(path);
  try {
    const { objects, broken, problems } = state.read(new Set());
    const entries = kinds
      .flatMap((kind) => [...objects[kind].values()])
      .flatMap((object) => state.entryOf(object) ?? []);
    return Promise.resolve([...broken, ...problems, ...entries.flatMap(problemsOf)]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return Promise.resolve([{ location: shown(path), field: '', message }]);
  }
}
