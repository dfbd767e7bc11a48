import type { Exchange } from '../http/exchange.ts';
import type { Match } from '../model/model.ts';
import { captureNames, PathTree, type PathMatch, type Test } from './tree.ts';
import { headersTest, queryTest, wholeRegex } from './values.ts';

/** One way to a target. Entries of one table come sorted by age, see `compareEntries`. */
export interface Entry<T> {
  readonly match: Match;
  readonly target: T;
}

export interface Found<T> {
  readonly target: T;
  readonly params: Readonly<Record<string, string>>;
  /** The part of the path that the condition took; what a prefix rewrite replaces. */
  readonly matchedPrefix: string;
}

interface Leaf<T> {
  readonly target: T;
  /** Of a Pattern, in order; undefined for other types. */
  readonly names: readonly string[] | undefined;
}

interface RegexRules<T> {
  readonly length: number;
  readonly test: (path: string) => boolean;
  readonly rules: Test<Request, Leaf<T>>;
}

/** Says when a long piece of work should let others run, and lets them. */
export interface Pace {
  readonly due: boolean;
  rest(): Promise<void>;
}

type Request = Exchange['request'];
const noParams: Readonly<Record<string, string>> = Object.freeze({});

/**
 * All rules of one host. Exact paths come first, then regular expressions (the longest first), then patterns and prefixes
 * by the most specific segment; among rules of an equal path the one with more conditions: methods, then headers, then
 * query parameters, then the older one. docs/routing.md tells users the same.
 */
export class HostTable<T> {
  readonly #exact = new Map<string, Test<Request, Leaf<T>>>();
  readonly #regexes: RegexRules<T>[] = [];
  readonly #tree = new PathTree<Request, Leaf<T>>();

  /** `entries` oldest first. A host with thousands of paths takes milliseconds: `pace` lets requests through meanwhile. */
  static async build<T>(entries: readonly Entry<T>[], pace: Pace): Promise<HostTable<T>> {
    const table = new HostTable<T>();
    const groups = groupByPath(entries);
    if (pace.due) await pace.rest();
    for (const [key, group] of groups) {
      table.#add(key, firstOf(group));
      if (pace.due) await pace.rest();
    }
    table.#regexes.sort((a, b) => b.length - a.length);
    return table;
  }

  #add({ type, value }: PathKey, rules: Test<Request, Leaf<T>>): void {
    if (type === 'Exact') this.#exact.set(value, rules);
    else if (type === 'Regex') this.#regexes.push({ length: value.length, test: wholeRegex(value), rules });
    else this.#tree.add(type, value, rules);
  }

  find(request: Request): Found<T> | undefined {
    const { path } = request;
    const exact = this.#exact.get(path)?.(request);
    if (exact) return { target: exact.target, params: noParams, matchedPrefix: path };
    for (const { test, rules } of this.#regexes) {
      if (!test(path)) continue;
      const leaf = rules(request);
      if (leaf) return { target: leaf.target, params: noParams, matchedPrefix: path };
    }
    const match = this.#tree.find(path, request);
    return match && toFound(path, match);
  }
}

function toFound<T>(path: string, { found, captured, matched }: PathMatch<Leaf<T>>): Found<T> {
  let params = noParams;
  if (found.names) {
    const named: Record<string, string> = {};
    found.names.forEach((name, i) => (named[name] = captured[i] ?? ''));
    params = named;
  }
  return {
    target: found.target,
    params,
    matchedPrefix: matched === path.length ? path : path.slice(0, matched),
  };
}

export interface PathKey {
  readonly type: Match['path']['type'];
  readonly value: string;
}

/** Patterns that differ only in the names of their captures are one path. */
export function pathKeyOf({ path }: Match): PathKey {
  let { type, value } = path;
  if (type === 'Prefix' && value.length > 1 && value.endsWith('/')) value = value.slice(0, -1);
  if (type === 'Pattern') value = value.replaceAll(/\/:[^/]+/g, '/:');
  // A pattern without captures is a prefix or an exact path under another name.
  if (type === 'Pattern' && !value.includes('/:')) {
    type = value.endsWith('/*') ? 'Prefix' : 'Exact';
    if (type === 'Prefix') value = value.slice(0, -2) || '/';
  }
  return { type, value };
}

function groupByPath<T>(entries: readonly Entry<T>[]): Map<PathKey, Entry<T>[]> {
  const keys = new Map<string, PathKey>();
  const groups = new Map<PathKey, Entry<T>[]>();
  for (const entry of entries) {
    const fresh = pathKeyOf(entry.match);
    const text = `${fresh.type} ${fresh.value}`;
    let key = keys.get(text);
    if (!key) keys.set(text, (key = fresh));
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return groups;
}

/** Folds the rules of one path into one test that gives the first whose conditions hold. */
function firstOf<T>(group: readonly Entry<T>[]): Test<Request, Leaf<T>> {
  const tests = group.toSorted(bySpecificity).map(leafTest);
  if (tests.length === 1) return tests[0] as Test<Request, Leaf<T>>;
  return (request) => {
    for (const test of tests) {
      const leaf = test(request);
      if (leaf) return leaf;
    }
    return undefined;
  };
}

function bySpecificity<T>(a: Entry<T>, b: Entry<T>): number {
  return (
    Math.min(b.match.methods.length, 1) - Math.min(a.match.methods.length, 1) ||
    b.match.headers.length - a.match.headers.length ||
    b.match.query.length - a.match.query.length
  );
}

function leafTest<T>({ match, target }: Entry<T>): Test<Request, Leaf<T>> {
  const names = match.path.type === 'Pattern' ? captureNames(match.path.value) : undefined;
  const leaf: Leaf<T> = { target, names: names?.length ? names : undefined };
  const { methods, headers, query } = match;
  if (methods.length === 0 && headers.length === 0 && query.length === 0) return () => leaf;
  const only = methods.length === 1 ? methods[0] : undefined;
  const allowed = methods.length > 1 ? new Set(methods) : undefined;
  const headersHold = headers.length > 0 ? headersTest(headers) : undefined;
  const queryHolds = query.length > 0 ? queryTest(query) : undefined;
  return (request) => {
    if (only !== undefined && only !== request.method) return undefined;
    if (allowed && !allowed.has(request.method)) return undefined;
    if (headersHold && !headersHold(request.headers)) return undefined;
    if (queryHolds && !queryHolds(request.query)) return undefined;
    return leaf;
  };
}
