import { isDeepStrictEqual } from 'node:util';
import type { Route } from '../model/model.ts';
import type { Diagnostic, LoadedPlugin } from '../runtime/messages.ts';
import type { ObjectStatus } from '../sources/objects.ts';
import type { Verdict } from '../sources/translate/verdict.ts';
import { toStatuses } from './statuses.ts';

/** What the statuses are made of. */
export interface StatusParts {
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly plugins: ReadonlyMap<string, LoadedPlugin>;
  readonly diagnostics: readonly Diagnostic[];
  readonly routes: ReadonlyMap<string, Route>;
}

/** The status of every object, kept as things change. */
export class StatusBoard {
  readonly statuses = new Map<string, ObjectStatus>();
  #plugins: ReadonlyMap<string, LoadedPlugin> = new Map();
  #diagnostics: readonly Diagnostic[] = [];

  /**
   * Makes the statuses of these objects anew; those of all where something happened to plugins or workers, which may concern
   * objects that nobody changed. @returns which were made anew, undefined for all
   */
  update(parts: StatusParts, keys: ReadonlySet<string>): ReadonlySet<string> | undefined {
    const { verdicts, plugins, diagnostics, routes } = parts;
    const isLocal = isSame(plugins, this.#plugins) && isDeepStrictEqual(diagnostics, this.#diagnostics);
    this.#plugins = plugins;
    this.#diagnostics = diagnostics;
    const stale = isLocal ? [...keys].flatMap((key) => entryOf(verdicts, key)) : verdicts;
    for (const key of isLocal ? keys : this.statuses.keys())
      if (!verdicts.has(key)) this.statuses.delete(key);
    const fresh = toStatuses(new Map(stale), plugins, diagnostics, routes);
    for (const [key, status] of fresh) this.statuses.set(key, status);
    return isLocal ? new Set(keys) : undefined;
  }
}

function entryOf<V>(map: ReadonlyMap<string, V>, key: string): readonly (readonly [string, V])[] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}

const isSame = <V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
