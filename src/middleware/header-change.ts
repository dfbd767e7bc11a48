import type {
  LoomRouteSpecRuleRequestHeaders,
  LoomRouteSpecRuleRequestHeadersSet,
} from '../api/types.gen.ts';
import { connectionFields } from '../http/connection-fields.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HeaderList } from '../http/headers.ts';
import { compileTemplate } from './template.ts';

/** Fields that frame the message or belong to one connection: a change here would break or smuggle messages (RFC 9112 section 6). */
const untouchable = new Set([...connectionFields, 'content-length', 'host', 'te', 'trailer']);

/** Remove, then set, then add. Names are put in lower case and values taken apart once, here. */
export function compileHeaderChange(
  settings: LoomRouteSpecRuleRequestHeaders,
): (headers: HeaderList, exchange: Exchange) => void {
  const usable = (name: string): boolean => !untouchable.has(name.toLowerCase());
  const toChange = ({ name, value }: LoomRouteSpecRuleRequestHeadersSet) =>
    [name.toLowerCase(), compileTemplate(value)] as const;
  const remove = (settings.remove ?? []).filter(usable).map((name) => name.toLowerCase());
  const set = (settings.set ?? []).filter(({ name }) => usable(name)).map(toChange);
  const add = (settings.add ?? []).filter(({ name }) => usable(name)).map(toChange);
  return (headers, exchange) => {
    for (const name of remove) headers.delete(name);
    for (const [name, value] of set) headers.set(name, value(exchange));
    for (const [name, value] of add) headers.append(name, value(exchange));
  };
}
