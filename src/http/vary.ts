import type { HeaderList } from './headers.ts';

/** Says that the response depends on those fields of the request (RFC 9110 section 12.5.5). Names in lower case. */
export function addVary(headers: HeaderList, ...names: readonly string[]): void {
  const old = headers.joined('vary');
  if (old === undefined) return headers.set('vary', names.join(', '));
  const known = old.split(',').map((name) => name.trim().toLowerCase());
  if (known.includes('*')) return;
  const added = names.filter((name) => !known.includes(name));
  if (added.length > 0) headers.set('vary', [old, ...added].join(', '));
}
