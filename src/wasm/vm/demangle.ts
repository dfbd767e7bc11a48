const escapes: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/**
 * The readable part of a mangled function name, as far as that is simple: paths of Rust's older scheme and of C++ (Itanium),
 * without types and hashes, and Go's pointer receivers, whose `(*T)` its linker makes `__T_`. What is not understood stays as
 * it is.
 */
export function demangle(name: string): string {
  const [, nested, rest = ''] = /^_?_Z(N?)(.+)$/.exec(name) ?? [];
  if (nested === undefined) return name.replaceAll(/\.__(\w+?)_\./g, '.(*$1).');
  // What follows a name that is not nested are the types of its parameters.
  const parts = nested === '' ? segments(rest).slice(0, 1) : segments(rest.replace(/^[rVK]*[RO]?/, ''));
  if (parts.length > 1 && /^h[0-9a-f]{16}$/.test(parts.at(-1) ?? '')) parts.pop();
  return parts.length === 0 ? name : parts.map(readable).join('::');
}

/** `4core5panic…`: lengths and names, up to what is neither. None when a length is wrong. */
function segments(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length;) {
    const [digits] = /^[1-9][0-9]{0,3}/.exec(text.slice(at)) ?? [];
    if (digits === undefined) break;
    const from = at + digits.length;
    at = from + Number(digits);
    if (at > text.length) return [];
    found.push(text.slice(from, at));
  }
  return found;
}

/** Rust's escapes: `$LT$` and its like, `$u7b$`, `..` for `::`. */
const readable = (part: string): string =>
  part
    .replace(/^_\$/, '$')
    .replaceAll(/\$([A-Z]{1,2})\$/g, (all: string, code: string) => escapes[code] ?? all)
    .replaceAll(/\$u([0-9a-f]{1,6})\$/g, (all: string, code: string) => character(all, code))
    .replaceAll('..', '::');

const character = (all: string, code: string): string => {
  const point = Number.parseInt(code, 16);
  return point >= 0x20 && point <= 0x10ffff ? String.fromCodePoint(point) : all;
};
