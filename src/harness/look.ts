import { HeaderList } from '../http/headers.ts';
import type { Fields } from './fields.ts';
import type { Outcome } from './outcome.ts';
import { readMap, readMatcher } from './matcher.ts';
import type { Add } from './mismatch.ts';
import { targetOf } from './seen.ts';

/** A message of whatever direction, as expectations look at it. */
interface Looked {
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly trailers: HeaderList | undefined;
  /** The fields of the head that are not headers. */
  readonly head: Readonly<Record<string, string>>;
}

/** Finds a message in an outcome; undefined where there was none. */
export type Look = (outcome: Outcome) => Looked | undefined;

export const requestLook: Look = ({ request }) => {
  if (!request) return undefined;
  const { head, body, trailers } = request;
  const { method, scheme, authority, headers } = head;
  return { headers, body, trailers, head: { method, scheme, authority, path: targetOf(head) } };
};

export const responseLook: Look = ({ response }) => {
  if (!response) return undefined;
  const { head, body, trailers } = response;
  return { headers: head.headers, body, trailers, head: { status: String(head.status) } };
};

/** The call of that number. */
export const callLook =
  (index: number): Look =>
  ({ calls }) => {
    const call = calls[index];
    if (!call) return undefined;
    const { method = '', path = '', authority = '', headers = [], body } = call.request ?? {};
    return {
      headers: new HeaderList([...headers]),
      body: body ?? Buffer.alloc(0),
      trailers: undefined,
      head: { to: call.to, method, path, authority },
    };
  };

/** What is expected of a message: `names` of its head, headers, body and trailers. */
export function readLook(fields: Fields, names: readonly string[], look: Look, add: Add): void {
  const read = (name: string, got: (looked: Looked) => readonly Buffer[]): void => {
    fields.read(name, (value, path, tell) =>
      add(path, readMatcher(value, path, tell), (outcome) => {
        const looked = look(outcome);
        return looked ? got(looked) : [];
      }),
    );
  };
  for (const name of names) read(name, ({ head }) => [Buffer.from(head[name] ?? '')]);
  readMap(fields, 'headers', (name, path, matcher) =>
    add(path, matcher, (outcome) => valuesOf(look(outcome)?.headers, name)),
  );
  read('body', ({ body }) => (body.length === 0 ? [] : [body]));
  readMap(fields, 'trailers', (name, path, matcher) =>
    add(path, matcher, (outcome) => valuesOf(look(outcome)?.trailers, name)),
  );
  fields.end();
}

function valuesOf(list: HeaderList | undefined, name: string): readonly Buffer[] {
  const flat = list?.flat ?? [];
  const wanted = name.toLowerCase();
  return flat.flatMap((text, i) =>
    i % 2 === 1 && flat[i - 1] === wanted ? Buffer.from(text, 'latin1') : [],
  );
}
