import { expect } from 'chai';
import { defaultSettings } from '../../src/sources/file/settings.ts';
import { deriveCorpus, readCorpus } from '../../src/explain/corpus.ts';
import { diffWorlds } from '../../src/explain/diff.ts';
import { Routing } from '../../src/explain/routing.ts';
import { sampleOf } from '../../src/explain/sample.ts';
import type { Model, Route } from '../../src/model/model.ts';
import { route, rule } from '../compile/world.ts';
import { Random } from '../fuzz/random.ts';
import { randomConfig, type RandomConfig } from './random-config.ts';

const settings = defaultSettings();
const modelOf = ({ routes, upstreams = [], plugins = [] }: Partial<RandomConfig>): Model => ({
  routes: new Map((routes ?? []).map((one) => [one.id, one])),
  upstreams: new Map(upstreams.map((one) => [one.id, one])),
  plugins: new Map(plugins.map((one) => [one.id, one])),
  certificates: new Map(),
  endpoints: new Map(),
});
const worldOf = (config: Partial<RandomConfig>) => ({ model: modelOf(config), settings });

describe('samples of expressions', () => {
  for (const [expression, sample] of [
    ['/v[0-9]+/items', '/v0/items'],
    ['/(cart|basket)/\\d{3}', '/cart/111'],
    ['/a?b*c.', '/ca'],
    ['/(?i:shop)', '/shop'],
    ['/(?P<name>[a-z]+)\\.html', '/a.html'],
    ['[^/]+', 'a'],
    ['/\\w+\\s\\W', '/a -'],
    ['/[[:alpha:]]x{2,5}', '/axx'],
    ['^/x$', '/x'],
    ['a|b', 'a'],
  ] as const) {
    it(`finds ${sample} for ${expression}`, () => expect(sampleOf(expression)).to.equal(sample));
  }

  it('gives nothing rather than a text that does not match', () => {
    expect(sampleOf('[^a-zA-Z0-9_-]')).to.equal(undefined);
    expect(sampleOf('/\\p{Greek}')).to.equal(undefined);
  });
});

describe('a derived corpus', () => {
  it('has a request for each way that takes that way when nothing else is there', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { routes } = randomConfig(new Random(seed));
      const { ways } = await Routing.of(routes);
      for (const way of ways) {
        // What a client says there does not count.
        if (way.match.headers.some(({ name }) => name === 'x-forwarded-for')) continue;
        const { questions, unsampled } = deriveCorpus([way]);
        expect(unsampled, `seed ${seed}`).to.deep.equal([]);
        const alone: Route = route('only', way.host, rule('/', { matches: [way.match] }));
        const without = worldOf({});
        const { changes } = await diffWorlds(without, worldOf({ routes: [alone] }), questions);
        expect(changes, `seed ${seed}: ${JSON.stringify(way.match)}`).to.not.have.length(0);
      }
    }
  });

  it('shows no difference of a configuration to itself, and one wherever a route goes', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const config = randomConfig(new Random(seed));
      expect((await diffWorlds(worldOf(config), worldOf(config))).changes).to.deep.equal([]);
      const { routes } = config;
      const lonely = route('lonely', 'lonely.test', rule('/'));
      const { changes } = await diffWorlds(
        worldOf({ ...config, routes: [lonely, ...routes] }),
        worldOf({ ...config, routes }),
      );
      expect(changes, `seed ${seed}`).to.not.have.length(0);
    }
  });

  it('names the ways for which it finds no request', () => {
    const match = {
      path: { type: 'Regex', value: '/\\p{Greek}' },
      methods: [],
      headers: [],
      query: [],
    } as const;
    const way = { route: 'r', rule: 'greek', host: '*', match };
    expect(deriveCorpus([way])).to.deep.equal({ questions: [], unsampled: [way] });
  });
});

describe('a corpus of a file', () => {
  it('reads lines of requests and of the access log, each once', () => {
    const text = [
      '# a comment',
      'GET http://shop.test/cart',
      'PUT https://shop.test/cart?x=1 | X-Beta: 1 | x-empty:',
      '',
      '{"level":"access","method":"GET","host":"shop.test","path":"/cart","status":200}',
      '{"level":"info","msg":"listening"}',
    ].join('\n');
    const client = '192.0.2.1';
    expect(readCorpus(text)).to.deep.equal([
      { method: 'GET', url: 'http://shop.test/cart', headers: [], client },
      {
        method: 'PUT',
        url: 'https://shop.test/cart?x=1',
        headers: [
          ['X-Beta', '1'],
          ['x-empty', ''],
        ],
        client,
      },
    ]);
  });

  for (const line of ['GET /cart', 'http://shop.test/', 'GET http://shop.test/ | broken', '{"method":']) {
    it(`names the line that is no request: ${line}`, () =>
      expect(() => readCorpus(`\n${line}`)).to.throw(`line 2 is no request: ${line}`));
  }
});
