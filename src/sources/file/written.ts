import { relative } from 'node:path';
import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';
import { toKeys } from '../../model/problem.ts';

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

/** A path as people name it: from the working directory, or absolute where that is shorter. */
export function shown(file: string): string {
  const short = relative(process.cwd(), file);
  return short !== '' && short.length < file.length ? short : file;
}

/** One document of a file, able to say where in the file a value was written. */
export class Written {
  readonly file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
  }

  /** Place of the value at that JSON pointer, or of its nearest ancestor that is written. */
  locate(pointer: string): string {
    let node: unknown = this.#document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const key of toKeys(pointer)) {
      if (isAlias(node)) node = node.resolve(this.#document);
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
    return this.#at(offset);
  }

  problem(pointer: string, message: string): FileProblem {
    return { location: this.locate(pointer), field: fieldOf(pointer), message };
  }

  /** What the parser refused. */
  syntax(): readonly FileProblem[] {
    return this.#document.errors.map((error) => ({
      location: this.#at(error.pos[0]),
      field: '',
      message: (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
    }));
  }

  #at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${shown(this.file)}:${line}:${col}`;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

/** `/routes/0/timeout` as people write it: `routes[0].timeout`. */
export function fieldOf(pointer: string): string {
  return toKeys(pointer).reduce((text, key) => {
    if (/^\d+$/.test(key)) return `${text}[${key}]`;
    return text ? `${text}.${key}` : key;
  }, '');
}

/** `spec.rules[0].name` at the beginning of a message, as a pointer; undefined when it does not begin with one. */
export function pointerOf(message: string): string | undefined {
  const field = /^([A-Za-z][\w.[\]-]*):/.exec(message)?.[1];
  return field && `/${field.replaceAll(/\[(\d+)\]/g, '/$1').replaceAll('.', '/')}`;
}
