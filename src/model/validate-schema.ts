import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { toToken, type Problem } from './problem.ts';
import type { Schema } from './schema.ts';

/** Integer formats are ranges (OpenAPI 3.0); strict off because ajv does not know the x-kubernetes extensions. */
const ajv = new Ajv({
  allErrors: true,
  strict: false,
  formats: {
    int32: { type: 'number', validate: (n: number) => n >= -(2 ** 31) && n < 2 ** 31 },
    int64: { type: 'number', validate: (n: number) => n >= -(2 ** 63) && n < 2 ** 63 },
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i,
  },
});

const compiled = new WeakMap<Schema, ValidateFunction>();

/** What the schema finds wrong in a value; nothing is coerced. A schema is compiled at its first use. */
export function checkSchema(value: unknown, schema: Schema, path: string): readonly Problem[] {
  let check = compiled.get(schema);
  if (!check) compiled.set(schema, (check = ajv.compile(schema)));
  if (check(value)) return [];
  return (check.errors ?? []).map((error) => toProblem(error, path));
}

function toProblem(error: ErrorObject, root: string): Problem {
  const path = root + error.instancePath;
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === 'required') {
    return { path: `${path}/${toToken(String(params['missingProperty']))}`, message: 'is required' };
  }
  if (error.keyword === 'additionalProperties') {
    return { path: `${path}/${toToken(String(params['additionalProperty']))}`, message: 'unknown field' };
  }
  return { path, message: toWords(error.keyword, params) ?? error.message ?? error.keyword };
}

function toWords(keyword: string, params: Readonly<Record<string, unknown>>): string | undefined {
  const limit = params['limit'];
  const of = (unit: string): string => `${String(limit)} ${unit}${limit === 1 ? '' : 's'}`;
  const entries = limit === 1 ? '1 entry' : `${String(limit)} entries`;
  switch (keyword) {
    case 'type':
      return `must be ${typeNames[String(params['type'])] ?? String(params['type'])}`;
    case 'enum':
      return `must be one of ${(params['allowedValues'] as readonly unknown[]).join(', ')}`;
    case 'minimum':
      return `must be at least ${String(limit)}`;
    case 'maximum':
      return `must be at most ${String(limit)}`;
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have at least ${of('character')}`;
    case 'maxLength':
      return `must have at most ${of('character')}`;
    case 'minItems':
      return `must have at least ${entries}`;
    case 'maxItems':
      return `must have at most ${entries}`;
    case 'minProperties':
      return `must have at least ${of('field')}`;
    case 'format':
      return `is not in the range of ${String(params['format'])}`;
    case 'pattern':
      return patternWords.get(String(params['pattern'])) ?? `must match ${String(params['pattern'])}`;
    default:
      return undefined;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'a map of fields',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const hostname = `${label}(\\.${label})*$`;

/** What the patterns of the CRDs mean. A pattern that is not here is shown as it is. */
const patternWords: ReadonlyMap<string, string> = new Map([
  ['^([0-9]{1,5}(h|m|s|ms)){1,4}$', 'must be a duration such as 500ms, 30s or 1h30m'],
  [
    `^(\\*\\.)?${hostname}`,
    'must be a host name in lower case without port, such as shop.example.com or *.example.com',
  ],
  [`^${hostname}`, 'must be a host name in lower case without port, such as shop.example.com'],
  [
    `^${label}$`,
    'must be a name of lower-case letters, digits and -, beginning and ending with a letter or digit',
  ],
  ['^[A-Za-z_][A-Za-z0-9_]*$', 'must be the name of a variable: letters, digits and _, no digit first'],
  ["^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$", 'must be a header name, or the beginning of one and *'],
  [
    '^([-a-z0-9.]|\\$\\{[^{}]+\\})+$',
    'must be a host name in lower case without port, in which ${…} may stand for parts',
  ],
  ['^[a-f0-9]{64}$', 'must be a SHA-256 in 64 lower-case hex digits, without prefix'],
  ['^[A-Z][A-Z-]*$', 'must be a method in upper case, such as GET'],
  [
    "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    'must be a token: letters, digits and the characters of RFC 9110 section 5.6.2',
  ],
  ['^[\\t -~]+$', 'must hold visible ASCII characters and blanks only'],
  ['^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$', 'must not hold control characters'],
  ['^.', 'must not be empty'],
  ['^/', 'must begin with /'],
  [
    '^(oci://)?([A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?|[A-Za-z0-9-]+:[0-9]{1,5}|localhost|\\[[0-9A-Fa-f:]+\\](:[0-9]{1,5})?)(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$',
    'must be an image with its registry, such as registry.example.com/team/plugin:1.2',
  ],
  ['^https?://[^/\\s]+\\S*$', 'must be a URL such as https://example.com/plugin.wasm'],
  [
    '^\\s*-----BEGIN CERTIFICATE-----',
    'must be certificates in PEM, beginning with -----BEGIN CERTIFICATE-----',
  ],
  [
    '^\\s*-----BEGIN PUBLIC KEY-----',
    'must be a public key in PEM, beginning with -----BEGIN PUBLIC KEY-----',
  ],
  ['^/[!-~]*$', 'must begin with / and hold visible ASCII characters only'],
  ['^[A-Za-z0-9:]([-A-Za-z0-9_.:]*[A-Za-z0-9:])?$', 'must be an IP address or a host name'],
  ['^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$', 'must be a host name'],
  ['^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$', 'must be a host name, with or without a port'],
  ['^[45](xx|[0-9]{2})$', 'must be a status such as 404, or a family: 4xx or 5xx'],
  ['^[1-5][0-9]{2}(-[1-5][0-9]{2})?$', 'must be a status such as 200, or a range such as 200-399'],
  ['^[a-z0-9-]+$', 'must be a code in lower-case letters, digits and -'],
  ['^[^/ ;]+/[ -~]+$', 'must be a media type such as text/html; charset=utf-8'],
  ['^[A-Za-z0-9!#$&^_.+-]+/([*]|[A-Za-z0-9!#$&^_.+-]+)$', 'must be a media type such as text/html or text/*'],
  ['^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$', 'must be an IP address or a network such as 10.0.0.0/8'],
  ['^https?://[^\\s]+$', 'must be a URL such as https://example.com/keys'],
  [
    '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
    'must hold visible ASCII characters only, without quotes and backslashes',
  ],
  ['^/[!-:<-~]*$', 'must begin with / and hold visible ASCII characters only, without ;'],
  ['^[\\t -~]*$', 'must hold visible ASCII characters and blanks only'],
  ['^[ !#-\\[\\]-~]*$', 'must hold visible ASCII characters and blanks only, without quotes and backslashes'],
]);
