import { fieldOf, toToken, type Problem } from '../../model/problem.ts';
import { isRecord } from '../../model/schema.ts';
import { keyOf, kinds, type ObjectSet } from '../objects.ts';
import type { Scope } from '../scope.ts';
import { AnnotationReader } from '../translate/annotations.ts';
import { Translator, type TranslateOptions, type Translation } from '../translate/translator.ts';
import { FileError, type Content, type Entry } from './content.ts';
import { readContent } from './read.ts';
import { emptyObjects, FileState } from './state.ts';
import { problemsOf } from './told.ts';
import { pointerOf, shown, type FileProblem } from './written.ts';

/** Why the file at a path is no plugin; undefined when it is one, or is not there. */
export type CheckModule = (path: string) => Promise<string | undefined>;

export interface CheckOptions {
  readonly checkModule: CheckModule;
  /** What objects refer to must be there too. */
  readonly references: boolean;
  /** Whose objects are looked at for that. */
  readonly scope?: Scope;
  readonly translate?: TranslateOptions;
  /** Services of type ExternalName may be upstreams. */
  readonly externalNames?: boolean;
}

/**
 * Everything that is wrong with the configuration at a path, as `loom validate` says it: syntax, settings, each object
 * by itself, and the modules that it names. Without `references` what else objects refer to is not looked up, for it may live
 * elsewhere. Empty when all is well; never rejects.
 */
export async function checkPath(path: string, options: CheckOptions): Promise<readonly FileProblem[]> {
  try {
    const state = new FileState(path, options.externalNames);
    const { objects, broken, problems } = state.read(new Set());
    const entries = kinds
      .flatMap((kind) => [...objects[kind].values()])
      .flatMap((object) => state.entryOf(object) ?? []);
    return [...broken, ...problems, ...(await checkEntries(entries, objects, options))];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ location: shown(path), field: '', message }];
  }
}

/** The same for manifests, or a loom.yaml, that are no file. `name` stands in for its name. */
export async function checkText(
  name: string,
  text: string,
  options: CheckOptions,
): Promise<readonly FileProblem[]> {
  let content: Content;
  try {
    content = readContent(name, text, true, options.externalNames);
  } catch (error) {
    if (error instanceof FileError) return error.problems;
    throw error;
  }
  const objects = emptyObjects();
  for (const { kind, object } of content.entries) objects[kind].set(keyOf(object), object);
  return [...content.problems, ...(await checkEntries(content.entries, objects, options))];
}

/**
 * What is wrong with the objects of a cluster, and with what they refer to, in the same words and with the same fields. Nobody knows
 * where they were written: `location` is the object. Annotations of a Service have no field, and their name is in the message.
 */
export function checkVerdicts(verdicts: Translation['verdicts']): readonly FileProblem[] {
  return [...verdicts].flatMap(([key, { accepted, resolvedRefs, problems, warnings }]) => {
    const refused = problems.length > 0 ? [] : [accepted];
    const told = [...[...refused, resolvedRefs].filter(({ status }) => status === 'False'), ...warnings].map(
      ({ message }) => (key.startsWith('Service:') ? { path: '', message } : toProblem(message)),
    );
    return [...problems, ...told].map(({ path, message }) => ({
      location: key.replace(':', ' '),
      field: fieldOf(path),
      message,
    }));
  });
}

async function checkEntries(
  entries: readonly Entry[],
  objects: ObjectSet,
  { checkModule, references, scope, translate }: CheckOptions,
): Promise<readonly FileProblem[]> {
  const modules = await Promise.all(entries.map((entry) => moduleProblem(entry, checkModule)));
  return [
    ...entries.flatMap(problemsOf),
    ...entries.flatMap((entry) => annotationProblems(entry, translate)),
    ...(references ? referenceProblems(entries, new Translator(scope, translate).translate(objects)) : []),
    ...modules.flat(),
  ];
}

function annotationProblems(
  entry: Entry,
  { compatAnnotations }: TranslateOptions = {},
): readonly FileProblem[] {
  if (entry.kind !== 'Service') return [];
  const told = new AnnotationReader(compatAnnotations).read(keyOf(entry.object), entry.object);
  return (told?.warnings ?? []).map(({ message }) => {
    // Each message begins with the name of the annotation.
    const [name = ''] = message.split(' ', 1);
    return { ...entry.tell({ path: `/metadata/annotations/${toToken(name)}`, message }), field: '' };
  });
}

/** What each object refers to, and what two of them want at once, as a condition would say it. */
function referenceProblems(
  entries: readonly Entry[],
  { verdicts }: Pick<Translation, 'verdicts'>,
): readonly FileProblem[] {
  return entries.flatMap((entry) => {
    const verdict = verdicts.get(`${entry.kind}:${keyOf(entry.object)}`);
    if (!verdict) return [];
    const { accepted, resolvedRefs } = verdict;
    const messages = [
      ...(resolvedRefs.status === 'False' ? [resolvedRefs.message] : []),
      ...(accepted.reason === 'Conflicted' ? [accepted.message] : []),
    ];
    return messages.map((message) => entry.tell(toProblem(message)));
  });
}

/** The message of a condition begins with the field that it is about, where there is one. */
function toProblem(message: string): Problem {
  const path = pointerOf(message);
  return path ? { path, message: message.slice(message.indexOf(':') + 2) } : { path: '', message };
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
