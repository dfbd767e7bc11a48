import { expect } from 'chai';
import { RE2JS } from 're2js';
import type { LoomRouteSpec } from '../../src/api/types.gen.ts';
import type { LoomKind } from '../../src/model/schema.ts';
import { validate } from '../../src/model/validate.ts';
import { expand, expandTexts } from '../../src/sources/shorthand.ts';

type Fields = Readonly<Record<string, unknown>>;

const asObject = (kind: LoomKind, spec: unknown) => ({
  apiVersion: 'loom.dev/v1alpha1',
  kind,
  metadata: { name: 'x' },
  spec,
});

/** The problems of an entry, in its own words. */
function problemsOf(kind: LoomKind, entry: Fields): string[] {
  const { spec, problems, toWritten } = expand(kind, entry);
  const result = validate(kind, asObject(kind, spec));
  const found = 'problems' in result ? result.problems : [];
  return [...problems, ...found].map(toWritten).map(({ path, message }) => `${path} ${message}`);
}

function firstRule(entry: Fields): LoomRouteSpec['rules'][number] | undefined {
  return (expand('LoomRoute', entry).spec as LoomRouteSpec).rules[0];
}

describe('short forms', () => {
  const paths: readonly [string, string, string][] = [
    ['/about', 'Exact', '/about'],
    ['/', 'Exact', '/'],
    ['/v1/items:batch', 'Exact', '/v1/items:batch'],
    ['= /a/:b/*', 'Exact', '/a/:b/*'],
    ['/api/*', 'Prefix', '/api'],
    ['/*', 'Prefix', '/'],
    ['/users/:id', 'Pattern', '/users/:id'],
    ['/users/:id/*', 'Pattern', '/users/:id/*'],
    ['/a/*/b', 'Pattern', '/a/*/b'],
    ['~ ^/v[0-9]+/', 'Regex', '/v[0-9]+/.*'],
    ['~ ^/v[0-9]+$', 'Regex', '/v[0-9]+'],
  ];
  for (const [text, type, value] of paths) {
    it(`path ${text} is ${type} ${value}`, () => {
      expect(firstRule({ path: text })?.matches).to.deep.equal([{ path: { type, value } }]);
    });
  }

  const searches: readonly [string, string, boolean][] = [
    ['~ ^/v[0-9]+/', '/v1/users', true],
    ['~ ^/v[0-9]+/', '/x/v1/users', false],
    ['~ /v1/', '/x/v1/y', true],
    ['~ \\.php$', '/a/b.php', true],
    ['~ \\.php$', '/a/b.php5', false],
    ['~ \\.php$', '/a/b.PHP', false],
    ['~* \\.php$', '/a/b.PHP', true],
    ['~ ^/a|^/b', '/bc', true],
    ['~ ^/a|^/b', '/cb/b', false],
    ['~ a$|b', '/ba', true],
    ['~ ^/price\\$', '/price$1', true],
  ];
  for (const [text, path, expected] of searches) {
    it(`path ${text} ${expected ? 'finds' : 'does not find'} ${path}, as in nginx`, () => {
      const value = firstRule({ path: text })?.matches?.[0]?.path?.value ?? '';
      expect(value.startsWith('/')).to.equal(true);
      expect(RE2JS.matches(value, path)).to.equal(expected);
    });
  }

  it('make one rule named main of an entry without rules', () => {
    const entry = {
      hosts: 'a.com, b.com',
      path: ['/a', '/b/*'],
      methods: ['GET'],
      headers: { 'X-Env': 'test', 'x-n': 1, 'x-v': '~ ^v[0-9]', 'x-there': { type: 'present' } },
      upstreams: { blue: 90, 'team/green': 10 },
      plugins: ['auth', { name: 'limit', config: { per_minute: 3 } }, 'team/log'],
      timeout: '30s',
      tls: 'team/cert',
      request_headers: { set: { 'x-by': 'loom' }, remove: ['x-debug'] },
      max_request_body_bytes: 10,
    };
    const { spec, problems } = expand('LoomRoute', entry);
    expect(problems).to.deep.equal([]);
    const conditions = {
      methods: ['GET'],
      headers: [
        { name: 'X-Env', value: 'test' },
        { name: 'x-n', value: '1' },
        { name: 'x-v', type: 'Regex', value: 'v[0-9].*' },
        { name: 'x-there', type: 'Present' },
      ],
    };
    expect(spec).to.deep.equal({
      hosts: ['a.com', 'b.com'],
      tls: { secretRef: { namespace: 'team', name: 'cert' } },
      rules: [
        {
          name: 'main',
          matches: [
            { path: { type: 'Exact', value: '/a' }, ...conditions },
            { path: { type: 'Prefix', value: '/b' }, ...conditions },
          ],
          backends: [
            { upstreamRef: { name: 'blue' }, weight: 90 },
            { upstreamRef: { namespace: 'team', name: 'green' }, weight: 10 },
          ],
          plugins: [
            { name: 'auth' },
            { name: 'limit', config: { per_minute: 3 } },
            { namespace: 'team', name: 'log' },
          ],
          timeouts: { request: '30s' },
          requestHeaders: { set: [{ name: 'x-by', value: 'loom' }], remove: ['x-debug'] },
          maxRequestBodyBytes: 10,
        },
      ],
    });
    expect(validate('LoomRoute', asObject('LoomRoute', spec))).to.have.property('spec');
  });

  it('work inside rules too', () => {
    const { spec } = expand('LoomRoute', {
      host: 'a.com',
      rules: [
        { name: 'a', path: '/a', upstream: { name: 'u', weight: 3 } },
        { name: 'b', upstreams: [{ name: 'v' }] },
      ],
    });
    expect(spec).to.deep.equal({
      hosts: ['a.com'],
      rules: [
        {
          name: 'a',
          matches: [{ path: { type: 'Exact', value: '/a' } }],
          backends: [{ upstreamRef: { name: 'u' }, weight: 3 }],
        },
        { name: 'b', backends: [{ upstreamRef: { name: 'v' } }] },
      ],
    });
  });

  it('leave the long spelling as it is', () => {
    const spec = {
      hosts: ['a.com'],
      rules: [
        {
          name: 'a',
          matches: [{ path: { type: 'Prefix', value: '/:x' }, query: [{ name: 'q', type: 'Absent' }] }],
          backends: [{ upstreamRef: { name: 'u' }, weight: 1 }, { serviceRef: { name: 's', port: 80 } }],
          rewrite: { path: { type: 'Full', value: '/' } },
        },
      ],
    };
    expect(expand('LoomRoute', spec).spec).to.deep.equal(spec);
  });

  it('spell names and enum values either way, and leave config alone', () => {
    const config = { snake_case: 'on_log', nested: [{ a_b: 1 }] };
    for (const phase of ['on_request_headers', 'OnRequestHeaders', 'on-request-headers']) {
      expect(expand('WasmPlugin', { path: './a.wasm', phase, root_id: 'r', config }).spec).to.deep.equal({
        source: { file: { path: './a.wasm' } },
        phase: 'OnRequestHeaders',
        rootId: 'r',
        config,
      });
    }
    expect(expand('LoomUpstream', { load_balancer: 'least_conn', connectTimeout: '1s' }).spec).to.deep.equal({
      loadBalancer: 'LeastConn',
      connectTimeout: '1s',
    });
    expect(expand('WasmPlugin', { failure_policy: 'open' }).spec).to.deep.equal({
      failurePolicy: { fetch: 'Open', configure: 'Open', run: 'Open' },
    });
    expect(expand('WasmPlugin', { failure_policy: 'reload' }).spec).to.deep.equal({
      failurePolicy: { run: 'Reload' },
    });
  });

  const endpoints: readonly [string, object][] = [
    ['localhost:3000', { address: 'localhost', port: 3000 }],
    ['10.0.0.1:80', { address: '10.0.0.1', port: 80 }],
    ['[::1]:8080', { address: '::1', port: 8080 }],
  ];
  for (const [text, endpoint] of endpoints) {
    it(`endpoint ${text}`, () =>
      expect(expand('LoomUpstream', { endpoints: [text] }).spec).to.deep.equal({ endpoints: [endpoint] }));
  }

  const wrong: readonly [string, LoomKind, Fields, string][] = [
    [
      'an endpoint without port',
      'LoomUpstream',
      { endpoints: ['a:80', 'localhost'] },
      '/endpoints/1 must be host:port',
    ],
    [
      'an IPv6 endpoint without brackets',
      'LoomUpstream',
      { endpoints: ['::1:80'] },
      '/endpoints/0 must be host:port',
    ],
    ['a port out of range', 'LoomUpstream', { endpoints: ['a:0'] }, '/endpoints/0 port must be at least 1'],
    ['an unknown field of an entry', 'LoomRoute', { upstrem: 'u' }, '/upstrem unknown field'],
    [
      'an unknown field of a rule',
      'LoomRoute',
      { rules: [{ name: 'a', upstream: 'u', x_y: 1 }] },
      '/rules/0/x_y unknown field',
    ],
    [
      'rule fields beside rules',
      'LoomRoute',
      { path: '/', rules: [{ name: 'a', upstream: 'u' }] },
      '/path cannot stand beside rules',
    ],
    [
      'path beside matches',
      'LoomRoute',
      { path: '/', matches: [{}], upstream: 'u' },
      '/path cannot stand beside matches',
    ],
    [
      'upstream beside upstreams',
      'LoomRoute',
      { upstream: 'u', upstreams: ['v'] },
      '/upstream cannot stand beside upstreams',
    ],
    [
      'timeout beside timeouts',
      'LoomRoute',
      { upstream: 'u', timeout: '1s', timeouts: {} },
      '/timeout cannot stand beside timeouts',
    ],
    [
      'host beside hosts',
      'LoomRoute',
      { host: 'a', hosts: ['b'], upstream: 'u' },
      '/host cannot stand beside hosts',
    ],
    [
      'a field in both spellings',
      'LoomUpstream',
      { load_balancer: 'random', loadBalancer: 'Random' },
      '/loadBalancer is set twice',
    ],
    ['a bad duration', 'LoomRoute', { upstream: 'u', timeout: '30' }, '/timeout must be a duration'],
    ['a bad weight', 'LoomRoute', { upstreams: { u: -1 } }, '/upstreams/u weight must be at least 0'],
    [
      'a bad enum value',
      'LoomUpstream',
      { endpoints: ['a:80'], load_balancer: 'best' },
      '/load_balancer must be one of',
    ],
    ['nothing to do', 'LoomRoute', { path: '/' }, ' exactly one of backends'],
    [
      'a bad path in a list',
      'LoomRoute',
      { path: ['/a', '/b//c'], upstream: 'u' },
      '/path/1 path value must not contain //',
    ],
    ['a list where a text should be', 'LoomRoute', { upstream: ['a'] }, '/upstream must be a map'],
    ['fields without a value', 'LoomRoute', { upstream: null, path: null }, ' exactly one of backends'],
  ];
  for (const [name, kind, entry, expected] of wrong) {
    it(`tell of ${name} in the words of the user`, () => {
      const problems = problemsOf(kind, entry);
      expect(
        problems.some((p) => p.startsWith(expected)),
        problems.join('\n'),
      ).to.equal(true);
      expect(validate(kind, asObject(kind, expand(kind, entry).spec))).to.have.property('problems');
    });
  }
});

describe('texts of annotations', () => {
  it('become the same spec', () => {
    expect(
      expandTexts('LoomRoute', {
        host: 'a.com,b.com',
        path: '/x/*',
        methods: 'GET, POST',
        upstream: 'u',
        plugins: 'a, ns/b',
        max_request_body_bytes: '10',
      }).spec,
    ).to.deep.equal({
      hosts: ['a.com', 'b.com'],
      rules: [
        {
          name: 'main',
          matches: [{ path: { type: 'Prefix', value: '/x' }, methods: ['GET', 'POST'] }],
          backends: [{ upstreamRef: { name: 'u' } }],
          plugins: [{ name: 'a' }, { namespace: 'ns', name: 'b' }],
          maxRequestBodyBytes: 10,
        },
      ],
    });
  });

  it('reach into sections by dots, in any spelling, and hold JSON', () => {
    const fields = {
      'health_check.path': '/h',
      'health_check.healthy_threshold': '3',
      circuitBreaker: '{"failureThreshold": 2}',
      'load-balancer': 'random',
    };
    expect(expandTexts('LoomUpstream', fields).spec).to.deep.equal({
      healthCheck: { path: '/h', healthyThreshold: 3 },
      circuitBreaker: { failureThreshold: 2 },
      loadBalancer: 'Random',
    });
  });

  it('that are no numbers stay texts, and the problem leads back to the key', () => {
    const { spec, toWritten } = expandTexts('LoomUpstream', {
      endpoints: 'a:80',
      'health_check.path': '/',
      'health_check.healthy_threshold': 'two',
    });
    const result = validate('LoomUpstream', asObject('LoomUpstream', spec));
    expect('problems' in result && result.problems.map(toWritten)).to.deep.equal([
      { path: '/health_check/healthy_threshold', message: 'must be a whole number' },
    ]);
  });

  for (const key of ['__proto__.x', 'constructor.prototype.x']) {
    it(`do not reach into prototypes through ${key}`, () => {
      expandTexts('LoomUpstream', { [key]: 'polluted' });
      expect(({} as Fields)['x']).to.equal(undefined);
    });
  }
});
