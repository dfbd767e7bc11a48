import type { Exchange } from '../http/exchange.ts';
import type { Found, HostTable } from './table.ts';

/** The host that stands for every host. */
export const anyHost = '*';

/** Hosts lie in so many parts, so that a change of one host among thousands copies the part that it is in and no other. */
const partCount = 256;

type Part<T> = ReadonlyMap<string, HostTable<T>>;

/**
 * The tables of all hosts. The exact host is asked first, then wildcards from the longest to the shortest, then the rules
 * without hosts; a host whose rules do not match passes the request on to the next. Immutable: a change makes another router.
 */
export class HostRouter<T> {
  readonly #parts: readonly (Part<T> | undefined)[];
  readonly #wildcards: number;

  private constructor(parts: readonly (Part<T> | undefined)[], wildcards: number) {
    this.#parts = parts;
    this.#wildcards = wildcards;
  }

  /** Keys: `shop.example.com`, `*.example.com` or `anyHost`. */
  static of<T>(tables: ReadonlyMap<string, HostTable<T>>): HostRouter<T> {
    return new HostRouter<T>(Array.from({ length: partCount }), 0).with(tables);
  }

  /** The same with other tables for those hosts; undefined: a host has none any more. */
  with(tables: ReadonlyMap<string, HostTable<T> | undefined>): HostRouter<T> {
    const parts = [...this.#parts];
    const fresh = new Map<number, Map<string, HostTable<T>>>();
    let wildcards = this.#wildcards;
    for (const [host, table] of tables) {
      const number = partOf(host);
      const part = fresh.get(number) ?? new Map(parts[number]);
      fresh.set(number, part);
      parts[number] = part;
      if (host.startsWith('*.')) wildcards += (table ? 1 : 0) - (part.has(host) ? 1 : 0);
      if (table) part.set(host, table);
      else part.delete(host);
    }
    return new HostRouter(parts, wildcards);
  }

  find(request: Exchange['request']): Found<T> | undefined {
    const host = hostOf(request.authority);
    const exact = this.#table(host)?.find(request);
    if (exact) return exact;
    if (this.#wildcards > 0) {
      for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        const found = this.#table(`*${host.slice(dot)}`)?.find(request);
        if (found) return found;
      }
    }
    return this.#table(anyHost)?.find(request);
  }

  #table(host: string): HostTable<T> | undefined {
    return this.#parts[partOf(host)]?.get(host);
  }
}

/** FNV-1a of the beginning, where hosts differ: a client may send a long one. */
function partOf(host: string): number {
  let hash = 0x811c9dc5;
  const end = Math.min(host.length, 64);
  for (let i = 0; i < end; i++) hash = Math.imul(hash ^ host.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & (partCount - 1);
}

/** The host of an authority without its port (RFC 3986 section 3.2), without a last dot. */
export function hostOf(authority: string): string {
  let end = authority.length;
  if (authority.charCodeAt(end - 1) !== 0x5d) {
    const colon = authority.lastIndexOf(':');
    if (colon !== -1) end = colon;
  }
  if (authority.charCodeAt(end - 1) === 0x2e) end--;
  return end === authority.length ? authority : authority.slice(0, end);
}
