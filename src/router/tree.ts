import type { PathType } from '../model/model.ts';

/** Returns what to serve when the conditions beside the path hold, undefined to go on looking. */
export type Test<R, T> = (request: R) => T | undefined;

/** What the path said: the values of `:name` segments in order, and how much of the path the literal part of a prefix took. */
export interface PathMatch<T> {
  readonly found: T;
  readonly captured: readonly string[];
  /** Length of the part of the path that a Prefix or Pattern with `*` matched; the whole path otherwise. */
  readonly matched: number;
}

interface Node<R, T> {
  literals: Map<string, Node<R, T>> | undefined;
  capture: Node<R, T> | undefined;
  /** Paths that end here. */
  ends: Test<R, T> | undefined;
  /** Paths that end here or go on. */
  prefix: Test<R, T> | undefined;
}

const newNode = <R, T>(): Node<R, T> => ({
  literals: undefined,
  capture: undefined,
  ends: undefined,
  prefix: undefined,
});

/**
 * Patterns and prefixes by segment. A lookup prefers a literal segment to a captured one and both to a prefix that ends
 * earlier, and goes back when the more specific way leads nowhere. A node lies at one depth, so no lookup visits it twice:
 * the work is bounded by the tree, whatever the path.
 */
export class PathTree<R, T> {
  readonly #root: Node<R, T> = newNode();

  /** `test` stands for all the rules of that path; a later call for an equal path replaces it. */
  add(type: Extract<PathType, 'Prefix' | 'Pattern'>, value: string, test: Test<R, T>): void {
    let node = this.#root;
    const segments = value === '/' ? [] : value.slice(1).split('/');
    const open = type === 'Prefix' || segments.at(-1) === '*';
    // The last slash of a prefix says nothing: /api/ and /api name the same paths.
    if (segments.at(-1) === '*' || (type === 'Prefix' && segments.at(-1) === '')) segments.pop();
    else if (type === 'Pattern' && segments.length === 0) segments.push('');
    for (const segment of segments) {
      if (type === 'Pattern' && segment.startsWith(':')) {
        node = node.capture ??= newNode();
      } else {
        node.literals ??= new Map();
        let next = node.literals.get(segment);
        if (!next) node.literals.set(segment, (next = newNode()));
        node = next;
      }
    }
    if (open) node.prefix = test;
    else node.ends = test;
  }

  find(path: string, request: R): PathMatch<T> | undefined {
    const captured: string[] = [];
    return descend(this.#root, path, 1, captured, request);
  }
}

/** `at` is where the next segment begins; past the end of the path there is none. */
function descend<R, T>(
  node: Node<R, T>,
  path: string,
  at: number,
  captured: string[],
  request: R,
): PathMatch<T> | undefined {
  if (at > path.length) {
    const found = node.ends?.(request) ?? node.prefix?.(request);
    return found === undefined ? undefined : { found, captured, matched: path.length };
  }
  const slash = path.indexOf('/', at);
  const end = slash === -1 ? path.length : slash;
  if (node.literals || node.capture) {
    const segment = path.slice(at, end);
    const literal = node.literals?.get(segment);
    if (literal) {
      const match = descend(literal, path, end + 1, captured, request);
      if (match) return match;
    }
    if (node.capture && end > at) {
      captured.push(segment);
      const match = descend(node.capture, path, end + 1, captured, request);
      if (match) return match;
      captured.pop();
    }
  }
  const found = node.prefix?.(request);
  return found === undefined ? undefined : { found, captured, matched: at - 1 };
}

/** The names in a pattern, in order. */
export function captureNames(pattern: string): readonly string[] {
  return pattern
    .split('/')
    .filter((segment) => segment.startsWith(':'))
    .map((segment) => segment.slice(1));
}
