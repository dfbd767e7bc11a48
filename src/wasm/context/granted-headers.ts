import type { HeaderGrant } from '../../model/plugin.ts';
import type { HeaderMap } from './message-headers.ts';
import { compileFilter, type Admits } from './name-filter.ts';

const all: Admits = () => true;

/** What a plugin may do with the headers of one direction. */
export class HeaderAccess {
  readonly reads: Admits;
  readonly writes: Admits;
  readonly #refused: (name: string) => void;

  /** Undefined when everything is granted. `refused` hears of each write that had no effect. */
  static of(grant: HeaderGrant, refused: (name: string) => void): HeaderAccess | undefined {
    const [reads, writes] = [compileFilter(grant.read), compileFilter(grant.write)];
    return reads || writes ? new HeaderAccess(reads ?? all, writes ?? all, refused) : undefined;
  }

  private constructor(reads: Admits, writes: Admits, refused: (name: string) => void) {
    this.reads = reads;
    this.writes = writes;
    this.#refused = refused;
  }

  mayWrite(name: string): boolean {
    if (this.writes(name)) return true;
    this.#refused(name);
    return false;
  }

  /** The pairs that may be written. */
  writable(flat: readonly string[]): string[] {
    const kept: string[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string;
      if (this.mayWrite(name.toLowerCase())) kept.push(name, flat[i + 1] as string);
    }
    return kept;
  }
}

/** By direction; what is undefined is not restricted. */
export interface MessageAccess {
  readonly request: HeaderAccess | undefined;
  readonly response: HeaderAccess | undefined;
}

/**
 * A header map for a plugin that is granted only some names: the others are not there for it, and what it writes to those
 * that it may not has no effect. Every call succeeds all the same, since the Rust SDK ends the instance on any other answer.
 */
export class GrantedHeaders implements HeaderMap {
  readonly #inner: HeaderMap;
  readonly #access: HeaderAccess;

  /** `inner` itself when nothing is restricted. */
  static of(inner: HeaderMap, access: HeaderAccess | undefined): HeaderMap {
    return access ? new GrantedHeaders(inner, access) : inner;
  }

  private constructor(inner: HeaderMap, access: HeaderAccess) {
    this.#inner = inner;
    this.#access = access;
  }

  get problem(): string | undefined {
    return this.#inner.problem;
  }

  get size(): number {
    return this.pairs().length / 2;
  }

  get byteLength(): number {
    return this.pairs().reduce((sum, text) => sum + text.length, 0);
  }

  get(name: string): string | undefined {
    return this.#access.reads(name) ? this.#inner.get(name) : undefined;
  }

  add(name: string, text: string): void {
    if (this.#access.mayWrite(name)) this.#inner.add(name, text);
  }

  replace(name: string, text: string): void {
    if (this.#access.mayWrite(name)) this.#inner.replace(name, text);
  }

  remove(name: string): void {
    if (this.#access.mayWrite(name)) this.#inner.remove(name);
  }

  pairs(): string[] {
    return selected(this.#inner.pairs(), this.#access.reads);
  }

  /**
   * What the plugin may not write stays as it is, and so does what it does not see: a plugin that writes back what it read
   * means to leave the rest alone. Naming a field that it may write but not read replaces it.
   */
  setPairs(flat: readonly string[]): void {
    const { reads, writes } = this.#access;
    const given = this.#access.writable(flat);
    const named = new Set(given.map((text) => text.toLowerCase()).filter((_, i) => i % 2 === 0));
    const kept = selected(this.#inner.pairs(), (name) => !writes(name) || (!reads(name) && !named.has(name)));
    this.#inner.setPairs([...kept, ...given]);
  }
}

function selected(flat: readonly string[], admits: Admits): string[] {
  const kept: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (admits(name)) kept.push(name, flat[i + 1] as string);
  }
  return kept;
}
