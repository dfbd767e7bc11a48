import { readFile } from 'node:fs/promises';
import type { parseArgs } from 'node:util';
import { UsageError } from '../command.ts';

/** For parseArgs: one request and its answer, told as curl is told. */
export const requestOptions = {
  method: { type: 'string', short: 'X' },
  path: { type: 'string' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  status: { type: 'string' },
  answer: { type: 'string' },
  'answer-header': { type: 'string', multiple: true },
} as const;

export type RequestValues = ReturnType<typeof parseArgs<{ options: typeof requestOptions }>>['values'];

/** Those that were given. */
export const optionsOfOne = (values: RequestValues): readonly string[] =>
  Object.keys(requestOptions).filter((name) => values[name as keyof RequestValues] !== undefined);

/** Text as it stands, or after @ the name of a file. */
export const contentOf = async (text: string): Promise<Buffer> =>
  text.startsWith('@') ? readFile(text.slice(1)) : Buffer.from(text);

/** A scenario as a line of JSON would say it. */
export async function oneRequest(values: RequestValues): Promise<object> {
  const { method, path, status } = values;
  return {
    request: {
      ...(method !== undefined && { method }),
      ...(path !== undefined && { path }),
      headers: headers(values.header),
      ...(await body(values.data)),
    },
    upstream: {
      ...(status !== undefined && { status: Number(status) }),
      headers: headers(values['answer-header']),
      ...(await body(values.answer)),
    },
  };
}

const body = async (text: string | undefined): Promise<object> =>
  text === undefined ? {} : { body: { base64: (await contentOf(text)).toString('base64') } };

function headers(lines: readonly string[] = []): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (const line of lines) {
    const [, name, value = ''] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined)
      throw new UsageError(`${JSON.stringify(line)} is no header: it must be 'name: value'`);
    (fields[name] ??= []).push(value);
  }
  return fields;
}
