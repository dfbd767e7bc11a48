import type { Exchange } from '../http/exchange.ts';
import type { Found, HostTable } from './table.ts';

/** The host that stands for every host. */
export const anyHost = '*';

/**
 * The tables of all hosts. The exact host is asked first, then wildcards from the longest to the shortest, then the rules
 * without hosts; a host whose rules do not match passes the request on to the next.
 */
export class HostRouter<T> {
  readonly tables: ReadonlyMap<string, HostTable<T>>;
  readonly #wildcards: boolean;

  /** Keys: `shop.example.com`, `*.example.com` or `anyHost`. */
  constructor(tables: ReadonlyMap<string, HostTable<T>>) {
    this.tables = tables;
    this.#wildcards = tables.keys().some((host) => host.startsWith('*.'));
  }

  find(request: Exchange['request']): Found<T> | undefined {
    const host = hostOf(request.authority);
    const exact = this.tables.get(host)?.find(request);
    if (exact) return exact;
    if (this.#wildcards) {
      for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        const found = this.tables.get(`*${host.slice(dot)}`)?.find(request);
        if (found) return found;
      }
    }
    return this.tables.get(anyHost)?.find(request);
  }
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
