import { basename } from 'node:path';
import { isRecord } from '../../model/schema.ts';
import { FileError, type Content } from './content.ts';
import { readLoomYaml } from './loom-yaml.ts';
import { readManifest } from './manifest.ts';
import { shown, SourceText, syntaxProblems, Written } from './written.ts';

/**
 * What the text of a file says: a loom.yaml, or manifests as kubectl takes them. A file is a loom.yaml when it is called so,
 * or when it stands `alone` and its first document has no kind. `externalNames` as for readManifest. Throws a FileError for a syntax error or a bad section.
 */
export function readContent(file: string, text: string, alone: boolean, externalNames = false): Content {
  if (text.trim() === '')
    throw new FileError([{ location: `${shown(file)}:1:1`, field: '', message: 'the file is empty' }]);
  const source = new SourceText(file, text);
  const syntax = syntaxProblems(source);
  if (syntax.length > 0) throw new FileError(syntax);
  const told = source
    .parse()
    .documents.map((document, i) => ({ value: document.toJS() as unknown, written: new Written(source, i) }))
    .filter(({ value }) => value !== null);
  const [first, second] = told;
  if (!first) return { entries: [], problems: [], modules: [], parts: [], missing: [] };
  const isManifest = isRecord(first.value) && 'kind' in first.value && 'apiVersion' in first.value;
  if (/^loom\.ya?ml$/.test(basename(file)) || (alone && !isManifest)) {
    if (second) throw new FileError([second.written.problem('', 'a loom.yaml has one document')]);
    return readLoomYaml(first.value, first.written);
  }
  const contents = told.map(({ value, written }) => readManifest(value, written, externalNames));
  return {
    entries: contents.flatMap((c) => c.entries),
    problems: contents.flatMap((c) => c.problems),
    modules: contents.flatMap((c) => c.modules),
    parts: [],
    missing: [],
  };
}
