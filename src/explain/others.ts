import { Slices } from '../compile/slices.ts';
import type { RequestHead } from '../http/exchange.ts';
import type { Match, ValueMatch } from '../model/model.ts';
import { anyHost, HostRouter } from '../router/hosts.ts';
import { HostTable, pathKeyOf, type Pace } from '../router/table.ts';
import type { OtherWay } from './explanation.ts';
import type { Target } from './routing.ts';

/** Tables of one way are made at once. */
const atOnce: Pace = { due: false, rest: () => Promise.resolve() };
const everything: Match = { path: { type: 'Prefix', value: '/' }, methods: [], headers: [], query: [] };
/** How near a way is whose first failed condition is of that kind. */
const nearness = ['outranked', 'query', 'header', 'method', 'path', 'host'] as const;

/**
 * Why the request does not take the other ways. Each condition is put, alone with those before it, to a router that has nothing
 * else: so it is the code that serves which says whether it holds. Nearest first.
 */
export async function explainOthers(
  request: RequestHead,
  ways: readonly Target[],
  taken: Target | undefined,
): Promise<readonly OtherWay[]> {
  const hosts = new Map<string, boolean>();
  const others: OtherWay[] = [];
  const slices = new Slices();
  for (const way of ways) {
    if (way === taken) continue;
    if (slices.due) await slices.rest();
    let holds = hosts.get(way.host);
    if (holds === undefined) hosts.set(way.host, (holds = await takes(request, way.host, everything)));
    const failed = holds ? await failedCondition(request, way) : hostDiffers(way, request);
    const { route, rule, host, match } = way;
    const reason =
      failed ?? ({ why: 'outranked', detail: taken ? rankOf(taken, way) : 'it takes the request' } as const);
    others.push({ route, rule, host, match, ...reason });
  }
  return others.toSorted((a, b) => nearness.indexOf(a.why) - nearness.indexOf(b.why));
}

type Reason = Pick<OtherWay, 'why' | 'detail'>;

async function takes(request: RequestHead, host: string, match: Match): Promise<boolean> {
  const table = await HostTable.build([{ match, target: true }], atOnce);
  return HostRouter.of(new Map([[host, table]])).find(request) !== undefined;
}

const hostDiffers = ({ host }: Target, { authority }: RequestHead): Reason => ({
  why: 'host',
  detail: `the host ${authority || '(none)'} is not ${host}`,
});

async function failedCondition(request: RequestHead, { host, match }: Target): Promise<Reason | undefined> {
  const { path, methods, headers, query } = match;
  const holds = (some: Partial<Match>): Promise<boolean> => takes(request, host, { ...everything, ...some });
  if (!(await holds({ path }))) return { why: 'path', detail: `the path is not ${path.type} ${path.value}` };
  if (!(await holds({ methods })))
    return { why: 'method', detail: `the method is not ${methods.join(', ')}` };
  for (const one of headers) {
    if (!(await holds({ headers: [one] }))) return { why: 'header', detail: `header ${failedValue(one)}` };
  }
  for (const one of query) {
    if (!(await holds({ query: [one] }))) {
      return { why: 'query', detail: `query parameter ${failedValue(one)}` };
    }
  }
  return undefined;
}

function failedValue({ name, type, value }: ValueMatch): string {
  if (type === 'Present') return `${name} is missing`;
  if (type === 'Absent') return `${name} is there, and must not be`;
  return `${name} ${type === 'Exact' ? 'is not' : 'does not match'} ${value}`;
}

/** Why one of two ways whose conditions all hold comes before the other; docs/routing.md tells the same order. */
function rankOf(taken: Target, other: Target): string {
  if (taken.host !== other.host) {
    return other.host === anyHost
      ? `routes with the host ${taken.host} come before those for every host`
      : `the host ${taken.host} is more specific than ${other.host}`;
  }
  const [first, second] = [pathKeyOf(taken.match), pathKeyOf(other.match)];
  if (first.type !== second.type || first.value !== second.value) {
    if (first.type === 'Exact') return 'an exact path comes first';
    if (first.type === 'Regex') {
      if (second.type !== 'Regex') return 'regular expressions come before patterns and prefixes';
      return first.value.length > second.value.length
        ? 'the longer regular expression comes first'
        : 'of regular expressions of one length that of the older route comes first';
    }
    return `the path ${taken.match.path.value} is more specific`;
  }
  const conditions: readonly (readonly [string, (match: Match) => number])[] = [
    ['a condition on the method', (match) => Math.min(match.methods.length, 1)],
    ['more conditions on headers', (match) => match.headers.length],
    ['more conditions on query parameters', (match) => match.query.length],
  ];
  for (const [what, count] of conditions) {
    if (count(taken.match) !== count(other.match)) return `the rule ${taken.rule} has ${what}`;
  }
  if (taken.route === other.route) return `the rule ${taken.rule} stands first in the route`;
  return taken.of.created === other.of.created
    ? `the route ${taken.route} comes first by its name`
    : `the route ${taken.route} is older`;
}
