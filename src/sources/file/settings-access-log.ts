import { resolve } from 'node:path';
import {
  accessLogFields,
  fieldAliases,
  textFormats,
  usualFields,
  type AccessLogField,
  type AccessLogSettings,
} from '../../model/access-log.ts';
import type { Problem } from '../../model/problem.ts';
import { isRecord, type Schema } from '../../model/schema.ts';
import { checkVariables, hasVariables } from '../../model/template.ts';
import { section } from './settings-sections.ts';

const percent = (of: string): Schema => ({
  type: 'number',
  description: `Percentage of the answers with ${of} that are logged.`,
  minimum: 0,
  maximum: 100,
  default: 100,
});
const fieldName = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

export const accessLogSchema = section(
  'The access log: a line for each request. `true` and `false` in its place turn it on as it is, and off.',
  {
    enabled: { type: 'boolean', description: 'Whether there is one.', default: true },
    output: {
      type: 'string',
      description:
        '`stdout`, `stderr`, or a file, relative to this file. SIGUSR1 has a file opened anew, so that it can be rotated.',
      pattern: '^.',
      default: 'stdout',
    },
    format: {
      type: 'string',
      description:
        '`json`, `common` or `combined`, as Apache and nginx have them, or a text with variables such as `${status}`: see [logs](logs.md#lines-of-text).',
      default: 'json',
    },
    fields: {
      type: 'array',
      description: 'Of JSON: the fields of a line, in this order. Empty: the usual ones.',
      default: [],
      'x-kubernetes-list-type': 'set',
      items: { type: 'string', enum: accessLogFields },
    },
    request_headers: {
      type: 'array',
      description: 'Of JSON: header fields of the request to show, as they were sent to the upstream.',
      default: [],
      items: { type: 'string', pattern: fieldName },
    },
    response_headers: {
      type: 'array',
      description: 'Of JSON: header fields of the response to show.',
      default: [],
      items: { type: 'string', pattern: fieldName },
    },
    sampling: section(
      'How much of what went well is logged. Answers with 5xx, and requests that got none, always are.',
      { '2xx': percent('1xx or 2xx'), '3xx': percent('3xx'), '4xx': percent('4xx') },
    ),
    redact: section('What is shown as `***`.', {
      headers: {
        type: 'array',
        description: 'Header fields.',
        default: ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key'],
        items: { type: 'string', pattern: fieldName },
      },
      query: {
        type: 'array',
        description:
          'Parameters of queries, also of those in the fields referer and location. Upper and lower case do not matter.',
        default: [
          'access_token',
          'api_key',
          'apikey',
          'client_secret',
          'code',
          'id_token',
          'password',
          'refresh_token',
          'secret',
          'sig',
          'signature',
          'token',
        ],
        items: { type: 'string', pattern: '^.' },
      },
    }),
    buffer_kib: {
      type: 'integer',
      format: 'int32',
      description:
        'Text that may wait in each worker while the output does not take it. Further lines are dropped, and counted.',
      minimum: 16,
      maximum: 1048576,
      default: 1024,
    },
  },
);

/** The part of a loom.yaml, with its defaults. */
export interface ToldAccessLog {
  readonly enabled: boolean;
  readonly output: string;
  readonly format: string;
  readonly fields: readonly AccessLogField[];
  readonly request_headers: readonly string[];
  readonly response_headers: readonly string[];
  readonly sampling: Readonly<Record<'2xx' | '3xx' | '4xx', number>>;
  readonly redact: { readonly headers: readonly string[]; readonly query: readonly string[] };
  readonly buffer_kib: number;
}

/** `access_log: false` in its long form. */
export function withLongAccessLog(
  value: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { access_log: told } = value;
  return typeof told === 'boolean' ? { ...value, access_log: { enabled: told } } : value;
}

/** Better words for what is neither form. */
export function aboutAccessLog(value: Readonly<Record<string, unknown>>): readonly Problem[] {
  const { access_log: told } = value;
  if (told === undefined || told === null || isRecord(told) || typeof told === 'boolean') return [];
  return [{ path: '/access_log', message: 'must be true or false, or a map of fields' }];
}

/** `false`: there is none. */
export function toAccessLog(
  told: ToldAccessLog,
  folder: string,
  problems: Problem[],
): AccessLogSettings | false {
  const { output, format, fields } = told;
  const template = format === 'json' ? undefined : (textFormats[format] ?? format);
  if (template !== undefined) {
    const problem = checkFormat(template);
    if (problem !== undefined) problems.push({ path: '/access_log/format', message: problem });
    for (const name of ['fields', 'request_headers', 'response_headers'] as const)
      if (told[name].length > 0)
        problems.push({ path: `/access_log/${name}`, message: 'is for format json only' });
  }
  if (!told.enabled) return false;
  const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
  return {
    output: output === 'stdout' || output === 'stderr' ? output : resolve(folder, output),
    template,
    fields: fields.length > 0 ? fields : usualFields,
    requestHeaders: lower(told.request_headers),
    responseHeaders: lower(told.response_headers),
    sampling: { 2: told.sampling['2xx'], 3: told.sampling['3xx'], 4: told.sampling['4xx'] },
    redact: { headers: lower(told.redact.headers), query: lower(told.redact.query) },
    bufferSize: told.buffer_kib * 1024,
  };
}

const names: ReadonlySet<string> = new Set([...accessLogFields, ...Object.keys(fieldAliases)]);

function checkFormat(template: string): string | undefined {
  if (!hasVariables(template))
    return `must be json, ${Object.keys(textFormats).join(' or ')}, or a text with variables such as \${status}`;
  if (/[\n\r]/.test(template)) return 'must be one line';
  return checkVariables(
    template,
    ({ name, of }) =>
      names.has(name) ||
      (name === 'param' || name === 'header' || name === 'response.header' ? of !== '' : false),
  );
}
