import { readFileSync } from 'node:fs';
import type { KubeObject } from '../../api/core.ts';
import type { Settings } from '../../model/settings.ts';
import { keyOf, kinds, type Kind, type ObjectSet } from '../objects.ts';
import { FileError, type Content, type Entry } from './content.ts';
import { listFiles, type Seen } from './files.ts';
import { readContent } from './read.ts';
import { shown, type FileProblem } from './written.ts';

interface Held {
  readonly stamp: string;
  readonly text: string;
  readonly content: Content | undefined;
  readonly problems: readonly FileProblem[];
}

const noContent: Content = { entries: [], problems: [], modules: [], parts: [], missing: [] };

/** What all files together say now. */
export interface Reading {
  readonly objects: ObjectSet;
  readonly settings: Settings | undefined;
  /** Why files cannot be used at all; their last good content goes on. */
  readonly broken: readonly FileProblem[];
  /** Parts of files that are left out. What is wrong with single objects is for validation. */
  readonly problems: readonly FileProblem[];
  /** Kinds of which an object came, went or changed since the last reading. */
  readonly changed: ReadonlySet<Kind>;
  /** Files beside the configuration: modules that objects name, and certificates and keys that they are made of. */
  readonly modules: ReadonlySet<string>;
  readonly parts: ReadonlySet<string>;
}

/**
 * The files at one path, read again and again. A file that cannot be used keeps its last good content; an object whose
 * content did not change keeps its identity, wherever in the files it now stands.
 */
export class FileState {
  readonly #root: string;
  readonly #externalNames: boolean;
  readonly #held = new Map<string, Held>();
  readonly #entryOf = new WeakMap<KubeObject, Entry>();
  #objects = emptyObjects();
  #last: Reading | undefined;

  constructor(root: string, externalNames = false) {
    this.#root = root;
    this.#externalNames = externalNames;
  }

  /** Reads what changed. `touched`: parts that changed, so that the files which name them are read again. Throws when the path cannot be listed. */
  read(touched: ReadonlySet<string>): Reading {
    const seen = listFiles(this.#root);
    const paths = new Set(seen.map((file) => file.path));
    let isFresh = this.#last === undefined;
    for (const path of this.#held.keys()) if (!paths.has(path)) isFresh = this.#held.delete(path);
    const isAlone = seen.length === 1 && seen[0]?.path === this.#root;
    for (const file of seen) if (this.#readOne(file, isAlone, touched)) isFresh = true;
    if (this.#last && !isFresh) return (this.#last = { ...this.#last, changed: new Set() });
    const contents = [...paths].flatMap((path) => this.#held.get(path) ?? []);
    const problems = contents.flatMap((held) => held.content?.problems ?? []);
    const changed = this.#collect(
      contents.map((held) => held.content ?? noContent),
      problems,
    );
    this.#last = {
      objects: this.#objects,
      settings: contents.find((held) => held.content?.settings)?.content?.settings ?? this.#last?.settings,
      broken: contents.flatMap((held) => held.problems),
      problems,
      changed,
      modules: new Set(contents.flatMap((held) => held.content?.modules ?? [])),
      parts: new Set(contents.flatMap((held) => held.content?.parts ?? [])),
    };
    return this.#last;
  }

  /** Where the newest writing of an object is; undefined for an object of somewhere else. */
  entryOf(object: KubeObject): Entry | undefined {
    return this.#entryOf.get(object);
  }

  /** Whether there is anything new. */
  #readOne({ path, stamp }: Seen, isAlone: boolean, touched: ReadonlySet<string>): boolean {
    const held = this.#held.get(path);
    const isTouched = held?.content?.parts.some((part) => touched.has(part)) ?? false;
    if (held?.stamp === stamp && !isTouched) return false;
    let text = held?.text ?? '';
    try {
      text = readFileSync(path, 'utf8');
      if (held && held.text === text && !isTouched) {
        this.#held.set(path, { ...held, stamp });
        return false;
      }
      const content = readContent(path, text, isAlone, this.#externalNames);
      this.#held.set(path, { stamp, text, content, problems: [] });
    } catch (error) {
      // What is not the file's fault (no descriptor is free, the disk fails) may be over without a change of the file.
      const told = error instanceof FileError ? stamp : '';
      this.#held.set(path, { stamp: told, text, content: held?.content, problems: toProblems(error, path) });
    }
    return true;
  }

  /** Builds the object set, with the objects of before where nothing changed. */
  #collect(contents: readonly Content[], problems: FileProblem[]): Set<Kind> {
    const next = emptyObjects();
    const first = new Map<string, Entry>();
    for (const { entries, missing } of contents) {
      for (const entry of entries) {
        const key = keyOf(entry.object);
        const other = first.get(`${entry.kind}:${key}`);
        if (other) {
          const at = other.tell({ path: '', message: '' }).location;
          problems.push(
            entry.tell({
              path: '',
              message: `${entry.kind} ${key} is defined twice; the one at ${at} counts`,
            }),
          );
          continue;
        }
        first.set(`${entry.kind}:${key}`, entry);
        const before = this.#objects[entry.kind].get(key);
        const object =
          before && JSON.stringify(before) === JSON.stringify(entry.object) ? before : entry.object;
        this.#entryOf.set(object, entry);
        next[entry.kind].set(key, object);
      }
      for (const key of missing) {
        const before = this.#objects.Secret.get(key.slice('Secret:'.length));
        if (before) next.Secret.set(keyOf(before), before);
      }
    }
    const changed = new Set(kinds.filter((kind) => !isSame(this.#objects[kind], next[kind])));
    const kept = Object.fromEntries(
      kinds.map((kind) => [kind, changed.has(kind) ? next[kind] : this.#objects[kind]]),
    );
    this.#objects = kept as unknown as MutableObjects;
    return changed;
  }
}

type MutableObjects = { readonly [K in Kind]: Map<string, KubeObject> } & ObjectSet;

/** To be filled. */
export function emptyObjects(): MutableObjects {
  return Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as MutableObjects;
}

function isSame(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function toProblems(error: unknown, path: string): readonly FileProblem[] {
  if (error instanceof FileError) return error.problems;
  return [
    { location: shown(path), field: '', message: error instanceof Error ? error.message : String(error) },
  ];
}
