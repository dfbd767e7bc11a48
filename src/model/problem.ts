/** Why an object cannot be used. `path` is a JSON pointer into the object, such as `/spec/rules/0/name`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** One reference token of a JSON pointer (RFC 6901 section 3). */
export function toToken(key: string | number): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `/spec/rules/0/name` as people write it: `spec.rules[0].name`. */
export function fieldOf(pointer: string): string {
  return toKeys(pointer).reduce((text, key) => {
    if (/^\d+$/.test(key)) return `${text}[${key}]`;
    return text ? `${text}.${key}` : key;
  }, '');
}

/** The keys of a JSON pointer, unescaped; list indices stay strings. */
export function toKeys(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
