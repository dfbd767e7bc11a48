import { isRecord } from '../../model/schema.ts';
import type { Entry } from './content.ts';
import { kinds, FileState } from './state.ts';
import { problemsOf } from './told.ts';
import { shown, type FileProblem } from './written.ts';

/** Why the file at a path is no plugin; undefined when it is one, or is not there. */
export type CheckModule = (path: string) => Promise<string | undefined>;

/**
 * Everything that is wrong with the configuration at a path, as `loom validate` says it: syntax, settings, each object
 * by itself, and the modules that it names. What else objects refer to is not looked up, for it may live elsewhere. Empty when
 * all is well; never rejects.
 */
export async function checkPath(path: string, checkModule: CheckModule): Promise<readonly FileProblem[]> {
  try {
    const state = new FileState(path);
    const { objects, broken, problems } = state.read(new Set());
    const entries = kinds
      .flatMap((kind) => [...objects[kind].values()])
      .flatMap((object) => state.entryOf(object) ?? []);
    const modules = await Promise.all(entries.map((entry) => moduleProblem(entry, checkModule)));
    return [...broken, ...problems, ...entries.flatMap(problemsOf), ...modules.flat()];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ location: shown(path), field: '', message }];
  }
}

async function moduleProblem(entry: Entry, checkModule: CheckModule): Promise<readonly FileProblem[]> {
  const file = fileOf(entry);
  if (file === undefined) return [];
  const message = await checkModule(file);
  return message === undefined
    ? []
    : [entry.tell({ path: '/spec/source/file/path', message: `${shown(file)}: ${message}` })];
}

/** As the object says it, which need not be valid. */
function fileOf({ kind, object }: Entry): string | undefined {
  if (kind !== 'WasmPlugin') return undefined;
  const { spec } = object as { readonly spec?: unknown };
  const source = isRecord(spec) ? spec['source'] : undefined;
  const file = isRecord(source) ? source['file'] : undefined;
  const path = isRecord(file) ? file['path'] : undefined;
  return typeof path === 'string' && path !== '' ? path : undefined;
}
