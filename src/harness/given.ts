import type { RequestHead, ResponseHead } from '../http/exchange.ts';
import { HeaderList } from '../http/headers.ts';
import { normalisePath } from '../http/path.ts';
import { fieldOf } from '../model/problem.ts';
import { isRecord } from '../model/schema.ts';
import { Fields, readText, type Read, type Tell } from './fields.ts';

/** A message before it is sent. A body of one piece tells its length, one of several is chunked, as HTTP/1.1 would have it. */
interface Message<Head> {
  readonly head: Head;
  /** undefined: none. */
  readonly body: readonly Buffer[] | undefined;
  readonly trailers: HeaderList | undefined;
}

/** What a call of a plugin is answered with; without an answer it times out. */
export interface GivenCall {
  /** Id of an upstream, or `host:port`. */
  readonly to: string;
  readonly answer: Message<ResponseHead> | undefined;
}

/** One exchange to be played: what the client sends and what those behind the gateway answer. */
export interface Scenario {
  readonly request: Message<RequestHead>;
  readonly upstream: Message<ResponseHead>;
  readonly calls: readonly GivenCall[];
}

/** A scenario that stands alone. Throws an Error that says what is wrong, and `where`. */
export function toScenario(value: unknown, where: string): Scenario {
  const problems: string[] = [];
  const tell: Tell = (path, message) =>
    problems.push([where, fieldOf(path), message].filter((part) => part !== '').join(': '));
  const fields = new Fields(value, '', tell);
  const scenario = scenarioOf(fields, '', tell);
  fields.end();
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return scenario;
}

/** Of a map that has more fields than these. */
export function scenarioOf(fields: Fields, path: string, tell: Tell): Scenario {
  return {
    request: fields.read('request', readRequest) ?? readRequest({}, `${path}/request`, tell),
    upstream: fields.read('upstream', readResponse) ?? readResponse({}, `${path}/upstream`, tell),
    calls: fields.list('calls', readCall) ?? [],
  };
}

const readCall: Read<GivenCall> = (value, path, tell) => {
  const fields = new Fields(value, path, tell);
  const to = fields.text('to');
  if (to === undefined) tell(`${path}/to`, 'is required');
  const answer = fields.read('answer', readResponse);
  const timesOut = fields.boolean('timeout');
  if ((answer === undefined) !== (timesOut === true)) tell(path, 'must have an answer, or timeout: true');
  fields.end();
  return { to: to ?? '', answer };
};

const readRequest: Read<Message<RequestHead>> = (value, path, tell) => {
  const fields = new Fields(value, path, tell);
  const target = fields.text('path') ?? '/';
  const mark = target.indexOf('?');
  const normal = target.startsWith('/')
    ? normalisePath(mark < 0 ? target : target.slice(0, mark))
    : undefined;
  if (normal === undefined) tell(`${path}/path`, 'must be a path that begins with /');
  const scheme = fields.text('scheme') ?? 'http';
  if (scheme !== 'http' && scheme !== 'https') tell(`${path}/scheme`, 'must be http or https');
  const method = fields.text('method');
  const authority = fields.text('authority') ?? 'localhost';
  const { headers, body, trailers } = readRest(fields);
  fields.end();
  return {
    head: {
      method: method ?? (body ? 'POST' : 'GET'),
      scheme: scheme === 'https' ? 'https' : 'http',
      authority: authority.toLowerCase(),
      path: normal ?? '/',
      query: mark < 0 ? '' : target.slice(mark + 1),
      headers,
    },
    body,
    trailers,
  };
};

const readResponse: Read<Message<ResponseHead>> = (value, path, tell) => {
  const fields = new Fields(value, path, tell);
  const status = fields.integer('status', 200, 599) ?? 200;
  const { headers, body, trailers } = readRest(fields);
  fields.end();
  return { head: { status, headers }, body, trailers };
};

function readRest(fields: Fields): Omit<Message<unknown>, 'head'> & { readonly headers: HeaderList } {
  const headers = new HeaderList(fields.entries('headers', readValues)?.flatMap(toFlat) ?? []);
  const body = fields.read('body', readBody);
  const trailers = fields.entries('trailers', readValues)?.flatMap(toFlat);
  const [whole, ...more] = body ?? [];
  if (whole && more.length === 0 && !trailers && !headers.has('content-length')) {
    headers.append('content-length', String(whole.length));
  }
  return { headers, body: trailers ? (body ?? []) : body, trailers: trailers && new HeaderList(trailers) };
}

/** Values go as their bytes, one character each: see HeaderList. */
const toFlat = ([name, values]: readonly [string, readonly string[]]): string[] =>
  values.flatMap((value) => [name.toLowerCase(), Buffer.from(value).latin1Slice()]);

/** One value of a field, or a list of them. */
const readValues: Read<readonly string[]> = (value, path, tell) =>
  Array.isArray(value)
    ? value.flatMap((item, i) => readText(item, `${path}/${i}`, tell) ?? [])
    : [readText(value, path, tell) ?? ''];

/** Text, `{ json: … }`, `{ base64: … }`, or a list of those: the pieces in which it comes. Null is no body. */
const readBody: Read<readonly Buffer[] | undefined> = (value, path, tell) => {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((item, i) => readPiece(item, `${path}/${i}`, tell));
  return [readPiece(value, path, tell)];
};

const readPiece: Read<Buffer> = (value, path, tell) => {
  if (isRecord(value)) {
    const fields = new Fields(value, path, tell);
    const json = fields.read('json', (inner) => JSON.stringify(inner));
    const base64 = fields.text('base64');
    if ((json === undefined) === (base64 === undefined)) tell(path, 'must have one of json and base64');
    fields.end();
    return json === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(json);
  }
  return Buffer.from(readText(value, path, tell) ?? '');
};
