import type { Match, ValueMatch } from '../model/model.ts';
import { anyHost } from '../router/hosts.ts';
import { wholeRegex } from '../router/values.ts';
import type { Question, Way } from './explanation.ts';
import { sampleOf } from './sample.ts';

const client = '192.0.2.1';

/** Requests to compare configurations with. */
export interface Corpus {
  readonly questions: readonly Question[];
  /** Ways for which no request was found, each once. */
  readonly unsampled: readonly Way[];
}

/**
 * At least one request for each way, and its neighbours: without the conditions beside host and path, and below a prefix. What two
 * configurations do differently with all of them is where their rules differ.
 */
export function deriveCorpus(ways: Iterable<Way>): Corpus {
  const questions = new Map<string, Question>();
  const unsampled: Way[] = [];
  for (const way of ways) {
    const made = sampleWay(way);
    if (!made) unsampled.push(way);
    for (const question of made ?? []) questions.set(JSON.stringify(question), question);
  }
  return { questions: [...questions.values()], unsampled };
}

/**
 * A text with one request a line: `METHOD URL`, then headers as ` | Name: value`; or lines of Loom's access log. Throws a
 * TypeError with the number of the line that is neither. Empty lines and those that begin with # say nothing.
 */
export function readCorpus(text: string): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const question = line.startsWith('{') ? questionOfLog(line) : questionOf(line);
    if (question === undefined) throw new TypeError(`line ${i + 1} is no request: ${line.slice(0, 100)}`);
    if (question) questions.set(JSON.stringify(question), question);
  }
  return [...questions.values()];
}

function questionOf(line: string): Question | undefined {
  const [request = '', ...fields] = line.split(' | ');
  const [, method, url] = /^(\S+)\s+(https?:\/\/\S+)\s*$/.exec(request) ?? [];
  const headers = fields.map((field) => /^([^:\s]+):\s*(.*)$/.exec(field.trim()));
  if (method === undefined || url === undefined || headers.includes(null)) return undefined;
  return {
    method,
    url,
    headers: headers.map((found) => [found?.[1] ?? '', found?.[2] ?? ''] as const),
    client,
  };
}

/** null: a line of the log, but not about a request. */
function questionOfLog(line: string): Question | null | undefined {
  try {
    const { method, host, path } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof method !== 'string' || typeof host !== 'string' || typeof path !== 'string') return null;
    return method && host ? { method, url: `http://${host}${path}`, headers: [], client } : null;
  } catch {
    return undefined;
  }
}

function sampleWay({ host, match }: Way): readonly Question[] | undefined {
  const paths = samplePaths(match.path);
  const headers = sampleValues(match.headers);
  const query = sampleValues(match.query);
  if (!paths || !headers || !query) return undefined;
  const authority = host === anyHost ? 'any.example' : host.replace(/^\*/, 'any');
  const search = query.length === 0 ? '' : `?${new URLSearchParams(query.map((one) => [...one])).toString()}`;
  const url = (path: string): string => `http://${authority}${path}`;
  const methods = match.methods.length > 0 ? match.methods : ['GET'];
  return paths.flatMap((path) => [
    ...methods.map((method) => ({ method, url: url(path) + search, headers, client })),
    { method: 'GET', url: url(path), headers: [], client },
  ]);
}

function samplePaths({ type, value }: Match['path']): readonly string[] | undefined {
  switch (type) {
    case 'Exact':
      return [value];
    case 'Prefix':
      return [value, `${value.replace(/\/$/, '')}/below`];
    case 'Pattern':
      return [value.replaceAll(/\/:[^/]+/g, '/1').replace(/\/\*$/, '/below')];
    case 'Regex': {
      const sample = sampleOf(value);
      if (sample === undefined || sample.startsWith('/')) return sample === undefined ? undefined : [sample];
      // `.*cart` begins with anything, but a path with a slash.
      return wholeRegex(value)(`/${sample}`) ? [`/${sample}`] : undefined;
    }
  }
}

function sampleValues(matches: readonly ValueMatch[]): readonly (readonly [string, string])[] | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (const { name, type, value } of matches) {
    if (type === 'Absent') continue;
    const sample = type === 'Exact' ? value : type === 'Regex' ? sampleOf(value) : 'any';
    if (sample === undefined) return undefined;
    pairs.push([name, sample]);
  }
  return pairs;
}
