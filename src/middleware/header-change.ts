import type { LoomRouteSpecRuleRequestHeaders } from '../api/types.gen.ts';
import type { HeaderList } from '../http/headers.ts';

/** Fields that frame the message or belong to one connection: a change here would break or smuggle messages (RFC 9112 section 6). */
const untouchable = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Remove, then set, then add. Names are put in lower case once, here. */
export function compileHeaderChange(
  settings: LoomRouteSpecRuleRequestHeaders,
): (headers: HeaderList) => void {
  const usable = (name: string): boolean => !untouchable.has(name.toLowerCase());
  const remove = (settings.remove ?? []).filter(usable).map((name) => name.toLowerCase());
  const set = (settings.set ?? [])
    .filter((h) => usable(h.name))
    .map((h) => [h.name.toLowerCase(), h.value] as const);
  const add = (settings.add ?? [])
    .filter((h) => usable(h.name))
    .map((h) => [h.name.toLowerCase(), h.value] as const);
  return (headers) => {
    for (const name of remove) headers.delete(name);
    for (const [name, value] of set) headers.set(name, value);
    for (const [name, value] of add) headers.append(name, value);
  };
}
