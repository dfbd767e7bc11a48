import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRecord } from '../model/schema.ts';
import { FileError } from '../sources/file/content.ts';
import { SourceText, syntaxProblems, Written } from '../sources/file/written.ts';

/** A file of YAML with the places of what it says. */
export interface ReadSections {
  readonly sections: Readonly<Record<string, unknown>>;
  readonly written: Written;
}

/** The one document of a file: a map. Throws a FileError, or what the file system says. */
export const readSections = (file: string): ReadSections =>
  sectionsIn(new SourceText(resolve(file), readFileSync(file, 'utf8')));

/** As if a file in the working directory had said it. */
export const madeSections = (name: string, sections: object): ReadSections =>
  sectionsIn(new SourceText(resolve(name), JSON.stringify(sections, null, 2)));

function sectionsIn(source: SourceText): ReadSections {
  const problems = syntaxProblems(source);
  if (problems.length > 0) throw new FileError(problems);
  const { documents } = source.parse();
  const written = new Written(source, 0);
  const value: unknown = documents[0]?.toJS();
  if (documents.length !== 1 || !isRecord(value)) {
    throw new FileError([written.problem('', 'must be one document with sections, such as plugins')]);
  }
  return { sections: value, written };
}
