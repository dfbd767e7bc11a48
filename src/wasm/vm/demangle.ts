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
 * without types and hashes. Go and AssemblyScript do not mangle. What is not understood stays as it is.
 */
export function demangle(name: string): string {
  const [, nested, rest = ''] = /^_?_Z(N?)(.+)$/.exec(name) ?? [];
  if (nested === undefined) return name;
  const parts = segments(nested === '' ? rest : rest.replace(/^[rVK]*[RO]?/, ''), nested !== '');
  if (parts.length > 1 && /^h[0-9a-f]{16}$/.test(parts.at(-1) ?? '')) parts.pop();
  return parts.length === 0 ? name : parts.map(readable).join('::');
}

/** `4core5panic…`: lengths and names. One that is not nested has one name. */
function segments(text: string, nested: boolean): string[] {
  const found: string[] = [];
  let at = 0;
  do {
    const [digits] = /^[1-9][0-9]{0,3}/.exec(text.slice(at)) ?? [];
    if (digits === undefined) return found;
    const from = at + digits.length;
    at = from + Number(digits);
    if (at > text.length) return [];
    found.push(text.slice(from, at));
  } while (nested);
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
