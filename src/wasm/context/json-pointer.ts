/** The members that a JSON Pointer names (RFC 6901), undefined for what is none. */
export function parsePointer(text: string): string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/')) return undefined;
  const parts = text.slice(1).split('/');
  if (!text.includes('~')) return parts;
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

type Holder = Record<string, unknown>;

/** The value there, or undefined. Only what the document itself has: nothing that JavaScript adds to objects. */
export function valueAt(document: unknown, parts: readonly string[]): unknown {
  let at = document;
  for (const part of parts) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    if (Array.isArray(at) && indexOf(part) === undefined) return undefined;
    at = (at as Holder)[part];
  }
  return at;
}

/** Sets the last member, making it where it is missing; `-` is the end of a list. False when what holds it is not there. */
export function setAt(document: unknown, parts: readonly string[], value: unknown): boolean {
  const holder = valueAt(document, parts.slice(0, -1));
  const last = parts.at(-1);
  if (typeof holder !== 'object' || holder === null || last === undefined) return false;
  if (Array.isArray(holder)) {
    const index = last === '-' ? holder.length : indexOf(last);
    if (index === undefined || index > holder.length) return false;
    holder[index] = value;
    return true;
  }
  // Not an assignment: `__proto__` is a member like any other.
  Object.defineProperty(holder, last, { value, writable: true, enumerable: true, configurable: true });
  return true;
}

/** False when there is nothing. */
export function removeAt(document: unknown, parts: readonly string[]): boolean {
  const holder = valueAt(document, parts.slice(0, -1));
  const last = parts.at(-1);
  if (typeof holder !== 'object' || holder === null || last === undefined || !Object.hasOwn(holder, last))
    return false;
  if (!Array.isArray(holder)) return Reflect.deleteProperty(holder, last);
  const index = indexOf(last);
  if (index === undefined) return false;
  holder.splice(index, 1);
  return true;
}

const indexOf = (text: string): number | undefined =>
  /^(?:0|[1-9][0-9]{0,9})$/.test(text) ? Number(text) : undefined;
