import type { NameFilter } from '../../model/plugin.ts';

export type Admits = (name: string) => boolean;

/** Undefined when the filter admits every name, so that nothing is asked for then. Names come in lower case. */
export function compileFilter({ allow, deny }: NameFilter): Admits | undefined {
  if (allow.length === 0 && deny.length === 0) return undefined;
  const allowed = allow.length === 0 ? undefined : matcher(allow);
  const denied = matcher(deny);
  return (name) => (allowed === undefined || allowed(name)) && !denied(name);
}

/** `host` and `:authority` are one field under two names: a pattern for either is one for both. */
function matcher(patterns: readonly string[]): Admits {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  const matches = (name: string): boolean =>
    exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
  return (name) =>
    name === 'host' || name === ':authority' ? matches('host') || matches(':authority') : matches(name);
}
