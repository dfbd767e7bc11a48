import { isUtf8 } from 'node:buffer';
import type { HeaderList } from '../http/headers.ts';
import type { Outcome } from './outcome.ts';
import type { Arrived } from './wire.ts';

type Json = Readonly<Record<string, unknown>>;

/** An outcome as a line of JSON; messages have the shape of those in scenarios, so that one can be the input of the next. */
export function outcomeJson({ request, response, error, detail, plugins, logs }: Outcome): Json {
  return {
    ...(request && {
      request: {
        method: request.head.method,
        scheme: request.head.scheme,
        authority: request.head.authority,
        path: targetOf(request.head),
        ...restOf(request),
      },
    }),
    ...(response && { response: { status: response.head.status, ...restOf(response) } }),
    ...(error !== '' && { error, detail }),
    plugins,
    ...(logs.length > 0 && {
      logs: logs.map(({ level, message, plugin, said, fields }) => ({
        level,
        plugin,
        ...(said === undefined ? { message, ...fields } : { said }),
      })),
    }),
  };
}

export const targetOf = ({ path, query }: { readonly path: string; readonly query: string }): string =>
  query === '' ? path : `${path}?${query}`;

function restOf({ head, body, trailers }: Arrived<{ readonly headers: HeaderList }>): Json {
  return {
    headers: fieldsJson(head.headers),
    ...(body.length > 0 && { body: bodyJson(body) }),
    ...(trailers && { trailers: fieldsJson(trailers) }),
  };
}

/** One value as a text, several as a list. */
function fieldsJson(list: HeaderList): Json {
  const fields: Record<string, string | string[]> = {};
  for (let i = 0; i < list.flat.length; i += 2) {
    const name = list.flat[i] as string;
    const value = textOf(list.flat[i + 1] as string);
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else fields[name] = typeof before === 'string' ? [before, value] : [...before, value];
  }
  return fields;
}

const bodyJson = (body: Buffer): unknown =>
  isUtf8(body) ? body.toString() : { base64: body.toString('base64') };

/** A header value in the characters that its bytes mean in UTF-8, where they do. */
function textOf(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : value;
}
