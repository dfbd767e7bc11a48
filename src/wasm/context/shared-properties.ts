import type { Exchange } from '../../http/exchange.ts';

/** More than this per exchange is refused: the values live in the worker's memory and not in the guest's. */
const maxBytes = 1 << 20;

interface Properties {
  readonly values: Map<string, Buffer>;
  bytes: number;
}

const properties = new WeakMap<Exchange, Properties>();

/** What plugins have set on an exchange; later plugins of the same exchange see it. Paths are Latin-1 with NUL between the parts. */
export const getShared = (exchange: Exchange, path: string): Buffer | undefined =>
  properties.get(exchange)?.values.get(path);

/** False when the exchange holds too much. */
export function setShared(exchange: Exchange, path: string, value: Buffer): boolean {
  let held = properties.get(exchange);
  if (!held) properties.set(exchange, (held = { values: new Map(), bytes: 0 }));
  const before = held.values.get(path);
  const bytes = held.bytes + value.length - (before ? before.length : -path.length);
  if (bytes > maxBytes) return false;
  held.values.set(path, value);
  held.bytes = bytes;
  return true;
}
