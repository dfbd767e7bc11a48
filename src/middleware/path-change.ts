import type { LoomRouteSpecRuleRewritePath } from '../api/types.gen.ts';
import type { Exchange } from '../http/exchange.ts';

/** The new path of a rewrite or redirect. With Full, `:name` stands for what a Pattern captured under that name. */
export function compilePathChange({
  type,
  value,
}: LoomRouteSpecRuleRewritePath): (exchange: Exchange) => string {
  if (type === 'Prefix') {
    const prefix = value.endsWith('/') ? value.slice(0, -1) : value;
    return (exchange) => {
      const rest = exchange.request.path.slice(exchange.matchedPrefix.length);
      return rest === '' || rest.startsWith('/') ? prefix + rest || '/' : `${prefix}/${rest}`;
    };
  }
  if (!value.includes('/:')) return () => value;
  const parts = value.split('/').map((part) => (part.startsWith(':') ? { name: part.slice(1) } : part));
  return (exchange) =>
    parts.map((part) => (typeof part === 'string' ? part : (exchange.params[part.name] ?? ''))).join('/');
}
