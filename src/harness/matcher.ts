import { isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../model/schema.ts';
import { Fields, readText, type Read, type Tell } from './fields.ts';

/** What a value should be. Values are bytes, because headers and bodies are; several where a header comes several times. */
export interface Matcher {
  /** For people. */
  readonly expected: string;
  readonly matches: (got: readonly Buffer[]) => boolean;
}

/**
 * A text is the value itself, null that there is none, a list all values of a header in their order. A map asks for less, or for
 * something else: `contains`, `matches` (a regular expression), `json`, `base64`.
 */
export const readMatcher: Read<Matcher> = (value, path, tell) => {
  if (value === null) return { expected: 'nothing', matches: (got) => got.length === 0 };
  if (Array.isArray(value)) {
    const wanted = value.map((item, i) => Buffer.from(readText(item, `${path}/${i}`, tell) ?? ''));
    return {
      expected: shown(wanted),
      matches: (got) =>
        got.length === wanted.length && got.every((bytes, i) => bytes.equals(wanted[i] as Buffer)),
    };
  }
  if (isRecord(value)) return readConditions(value, path, tell);
  return exactly(Buffer.from(readText(value, path, tell) ?? ''));
};

/** A matcher for each entry of a map whose names the user chooses. */
export function readMap(
  fields: Fields,
  field: string,
  each: (name: string, path: string, matcher: Matcher) => void,
): void {
  fields
    .entries(field, (value, path, tell) => ({ path, matcher: readMatcher(value, path, tell) }))
    ?.forEach(([name, { path, matcher }]) => each(name, path, matcher));
}

export const exactly = (wanted: Buffer): Matcher => ({
  expected: shown([wanted]),
  matches: (got) => got.length === 1 && (got[0]?.equals(wanted) ?? false),
});

function readConditions(value: unknown, path: string, tell: Tell): Matcher {
  const fields = new Fields(value, path, tell);
  const all: Matcher[] = [];
  const condition = (expected: string, holds: (bytes: Buffer) => boolean): void =>
    void all.push({ expected, matches: (got) => got.some(holds) });
  const part = fields.text('contains');
  if (part !== undefined)
    condition(`something with ${JSON.stringify(part)}`, (bytes) => bytes.includes(part));
  const pattern = fields.read('matches', readPattern);
  if (pattern) condition(`something like ${String(pattern)}`, (bytes) => pattern.test(bytes.toString()));
  fields.read('json', (json) =>
    condition(JSON.stringify(json), (bytes) => isDeepStrictEqual(parsed(bytes), json)),
  );
  const base64 = fields.text('base64');
  if (base64 !== undefined) all.push(exactly(Buffer.from(base64, 'base64')));
  fields.end();
  if (all.length === 0) tell(path, 'must have one of contains, matches, json and base64');
  return {
    expected: all.map(({ expected }) => expected).join(' and '),
    matches: (got) => all.every((matcher) => matcher.matches(got)),
  };
}

const readPattern: Read<RegExp | undefined> = (value, path, tell) => {
  try {
    return new RegExp(String(value), 'u');
  } catch (error) {
    tell(path, (error as Error).message);
    return undefined;
  }
};

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

const longest = 2000;

/** Values for people. */
export function shown(values: readonly Buffer[]): string {
  if (values.length === 0) return 'nothing';
  return values
    .map((bytes) => cut(isUtf8(bytes) ? JSON.stringify(bytes.toString()) : bytes.toString('base64')))
    .join(', ');
}

const cut = (text: string): string =>
  text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;
