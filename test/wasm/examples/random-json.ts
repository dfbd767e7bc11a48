const all = [
  '',
  'a',
  'é',
  '😀',
  '"',
  '\\',
  '/',
  '\n',
  '\u0001',
  '\u2028',
  'user',
  '__proto__',
  '0',
  '\ud800',
  'x'.repeat(40),
];

/** V8 14.6 takes some names that end in an escape for one that ended in a backslash before (nodejs/node#63785). */
const ofNames = all.filter((piece) => piece !== '\\');

/** A value as JSON text, with space, escapes and numbers in all their forms. */
export function randomJson(random: () => number, depth = 0): string {
  const pick = <T>(...from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const space = (): string => (random() < 0.8 ? '' : pick(' ', '\t', '\n', '\r\n'));
  const list = (make: () => string): string =>
    Array.from({ length: Math.floor(random() * (random() < 0.1 ? 40 : 4)) }, make).join(',');
  const text = (pieces = all): string => {
    const plain = JSON.stringify(
      Array.from({ length: Math.floor(random() * 4) }, () => pick(...pieces)).join(''),
    );
    return random() < 0.8
      ? plain
      : plain.replaceAll(/[a-z/](?![^\\]*\\)/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  };
  const number = (): string =>
    pick('', '-') +
    pick('0', '7', '12345', '9007199254740993', '123456789012345678901', String(Math.floor(random() * 1e9))) +
    pick('', '', '.5', '.000001', '.123456789012345678') +
    pick('', '', '', 'e3', 'E-7', 'e+20');
  const value = (): string => {
    const kind = depth > 4 ? random() * 0.7 : random();
    if (kind < 0.2) return text();
    if (kind < 0.5) return number();
    if (kind < 0.7) return pick('true', 'false', 'null');
    if (kind < 0.8) return `[${list(() => randomJson(random, depth + 1))}]`;
    return `{${list(() => `${space()}${text(ofNames)}${space()}:${randomJson(random, depth + 1)}`)}}`;
  };
  return (
    space() +
    (depth === 0 ? `{"user":${randomJson(random, 1)},"more":${randomJson(random, 1)}}` : value()) +
    space()
  );
}

/** The same with something missing, doubled or exchanged, which most of the time is not JSON any more. */
export function damaged(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const other = '{}[]",:0-+.eE\\utn \u0000\t1'.charAt(Math.floor(random() * 22));
  const [before, after] = [text.slice(0, at), text.slice(at + 1)];
  const way = random();
  const made =
    way < 0.3
      ? before + after
      : way < 0.6
        ? before + other + after
        : way < 0.8
          ? before + other + text.slice(at)
          : before;
  return /\\\\"\s*:/.test(made) ? text : made;
}
