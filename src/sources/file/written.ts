import { relative, resolve } from 'node:path';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from 'yaml';
import { fieldOf, toKeys } from '../../model/problem.ts';

/** Something wrong with what a file says. */
export interface FileProblem {
  /** `file:line:column`, counted from 1; the file as seen from the working directory. */
  readonly location: string;
  /** Such as `routes[0].timeout`; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
}

/** `file:line:column: field: message`, as editors and compilers say it. */
export function tell({ location, field, message }: FileProblem): string {
  return field ? `${location}: ${field}: ${message}` : `${location}: ${message}`;
}

/** A path as people name it: from the working directory if it is below that, else absolute. */
export function shown(file: string): string {
  const short = relative(process.cwd(), file);
  return short === '' || short.startsWith('..') ? resolve(file) : short;
}

/** The text of a YAML or JSON file. What the parser made of it is large and seldom needed again: it may be forgotten. */
export class SourceText {
  readonly file: string;
  readonly #text: string;
  #parsed: WeakRef<Parsed> | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
  }

  parse(): Parsed {
    let parsed = this.#parsed?.deref();
    if (!parsed) {
      const lines = new LineCounter();
      const documents = parseAllDocuments(this.#text, { lineCounter: lines, merge: true });
      parsed = { documents: Array.isArray(documents) ? (documents as Document.Parsed[]) : [], lines };
      this.#parsed = new WeakRef(parsed);
    }
    return parsed;
  }
}

interface Parsed {
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
}

/** One document of a file, able to say where in the file a value was written. */
export class Written {
  readonly file: string;
  readonly #source: SourceText;
  readonly #index: number;

  constructor(source: SourceText, index: number) {
    this.file = source.file;
    this.#source = source;
    this.#index = index;
  }

  /** Place of the value at that JSON pointer, or of its nearest ancestor that is written. */
  locate(pointer: string): string {
    const { documents, lines } = this.#source.parse();
    const document = documents[this.#index];
    let node: unknown = document?.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const key of toKeys(pointer)) {
      if (isAlias(node) && document) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
        if (!pair) break;
        if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        if (!isNode(node)) break;
        offset = node.range?.[0] ?? offset;
      } else break;
    }
    return placeOf(this.file, lines, offset);
  }

  problem(pointer: string, message: string): FileProblem {
    return { location: this.locate(pointer), field: fieldOf(pointer), message };
  }
}

/** What the parser refused first in each document of a file: the rest mostly follows from that. */
export function syntaxProblems(source: SourceText): readonly FileProblem[] {
  const { documents, lines } = source.parse();
  return documents.flatMap(({ errors }) =>
    errors.slice(0, 1).map((error) => ({
      location: placeOf(source.file, lines, error.pos[0]),
      field: '',
      message: (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
    })),
  );
}

function placeOf(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${shown(file)}:${line}:${col}`;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

/** `spec.rules[0].name` at the beginning of a message, as a pointer; undefined when it does not begin with one. */
export function pointerOf(message: string): string | undefined {
  const field = /^([A-Za-z][\w.[\]-]*):/.exec(message)?.[1];
  return field && `/${field.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/')}`;
}
