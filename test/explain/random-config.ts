import type { Match, PathType, Route, Rule, ValueMatch } from '../../src/model/model.ts';
import { phases } from '../../src/model/plugin.ts';
import type { LoadedPlugin, PlacedUpstream } from '../../src/runtime/messages.ts';
import type { Random } from '../fuzz/random.ts';
import { upstream } from '../compile/world.ts';
import { plugin } from '../wasm/world.ts';

/** Few words, so that conditions meet: most requests are wanted by several rules. */
const hosts = ['shop.test', 'a.shop.test', '*.shop.test', '*.a.shop.test', '*.test', 'other.test'];
const asked = ['shop.test', 'a.shop.test', 'b.a.shop.test', 'x.test:8080', 'OTHER.test', 'nowhere.example'];
const segments = ['a', 'b', 'cart'];
const methods = ['GET', 'POST', 'OPTIONS'];
const names = ['x-a', 'x-b', 'x-forwarded-for', 'origin'];
const values = ['1', '2', 'https://shop.test'];

const upTo = <T>(random: Random, most: number, make: (i: number) => T): T[] =>
  Array.from({ length: random.below(most + 1) }, (_, i) => make(i));
const some = <T>(random: Random, list: readonly T[], most: number): T[] => [
  ...new Set(upTo(random, most, () => random.of(list))),
];

function pathOf(random: Random): Match['path'] {
  const plain = `/${upTo(random, 3, () => random.of(segments)).join('/')}`;
  const type: PathType = random.of(['Exact', 'Prefix', 'Prefix', 'Pattern', 'Regex']);
  if (type === 'Regex') return { type, value: random.of(['/a.*', '/[ab]+/cart', '.*cart', '/b']) };
  if (type !== 'Pattern') return { type, value: plain };
  return { type, value: random.of(['/:x', '/a/:y', '/:x/cart', '/:x/*', '/a/*', '/a/:y/:z', '/cart']) };
}

function valueMatch(random: Random, name: string): ValueMatch {
  const type = random.of(['Exact', 'Exact', 'Present', 'Absent', 'Regex'] as const);
  return { name, type, value: type === 'Exact' ? random.of(values) : type === 'Regex' ? '[12]' : '' };
}

const match = (random: Random): Match => ({
  path: pathOf(random),
  methods: random.chance(30) ? some(random, methods, 2) : [],
  headers: random.chance(30) ? some(random, names, 2).map((name) => valueMatch(random, name)) : [],
  query: random.chance(20) ? [valueMatch(random, 'q')] : [],
});

function rule(random: Random, i: number): Rule {
  const forwards = random.chance(80);
  const uses = some(random, ['p0', 'p1', 'p2', 'p3'], 3).map((id) => ({ plugin: id }));
  return {
    name: `rule-${i}`,
    matches: [match(random), ...upTo(random, 1, () => match(random))],
    action: forwards
      ? {
          type: 'forward',
          backends: [0, 1].map((n) => ({
            upstream: `u${random.below(4)}`,
            weight: n === 0 ? 1 : random.below(3),
          })),
        }
      : { type: 'respond' },
    plugins: random.chance(40) ? uses : [],
    timeouts: { requestMs: 0, responseMs: 0, idleMs: 0 },
    middleware: {
      ...(random.chance(20) && { responseHeaders: { set: [{ name: 'x-rule', value: String(i) }] } }),
      ...(random.chance(20) && { requestHeaders: { set: [{ name: 'x-a', value: '2' }] } }),
      ...(random.chance(20) && { rewrite: { path: { type: 'Prefix', value: '/new' } } }),
      ...(random.chance(20) && {
        cors: {
          allowOrigins: [{ type: 'Exact', value: 'https://shop.test' }],
          allowMethods: [],
          maxAge: '5s',
        },
      }),
      ...(!forwards && { directResponse: { status: 200, contentType: 'text/plain', body: '' } }),
    },
  };
}

export interface RandomConfig {
  readonly routes: readonly Route[];
  readonly upstreams: readonly PlacedUpstream[];
  /** Without a module, and let through: they are stages, but answer nothing. */
  readonly plugins: readonly LoadedPlugin[];
}

/** Of `u0` to `u3` the last does not exist, and of the plugins `p3`. */
export function randomConfig(random: Random): RandomConfig {
  const routes = Array.from({ length: 1 + random.below(8) }, (_, i) => ({
    id: `r${random.below(1000)}-${i}`,
    created: random.of(['', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z']),
    hosts: some(random, hosts, 2),
    rules: Array.from({ length: 1 + random.below(3) }, (_unused, n) => rule(random, n)),
  }));
  const plugins = [0, 1, 2].map((i) => ({
    ...plugin,
    id: `p${i}`,
    phase: random.of(phases),
    priority: random.below(2),
    failurePolicy: { fetch: 'Open', configure: 'Open', run: 'Open' },
  })) satisfies LoadedPlugin[];
  return { routes, plugins, upstreams: [0, 1, 2].map((i) => upstream(`u${i}`, i)) };
}

export interface RandomRequest {
  readonly method: string;
  readonly host: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
}

export function randomRequest(random: Random): RandomRequest {
  const path = random.chance(10)
    ? random.of(['/a//cart', '/a/../cart', '/%61', '/a/%2e%2e/b', '/%', '/a%2Fb', '/a\\b'])
    : `/${upTo(random, 3, () => random.of(segments)).join('/')}${random.chance(10) ? '/' : ''}`;
  return {
    method: random.of(methods),
    host: random.of(asked),
    target: `${path}${random.chance(30) ? `?q=${random.of(values)}` : ''}`,
    headers: some(random, [...names, 'access-control-request-method'], 3).map((name) => [
      name,
      name.startsWith('access') ? random.of(methods) : random.of(values),
    ]),
  };
}
