import { expect } from 'chai';
import { specSchema, type LoomKind, type Schema } from '../../src/model/schema.ts';
import { validate } from '../../src/model/validate.ts';
import { checkSchema } from '../../src/model/validate-schema.ts';

const object = (kind: LoomKind, spec: unknown, more: object = {}) => ({
  apiVersion: 'loom.dev/v1alpha1',
  kind,
  metadata: { name: 'x', namespace: 'default' },
  spec,
  ...more,
});

const route = {
  hosts: ['shop.example.com'],
  rules: [
    {
      name: 'main',
      matches: [{ path: { value: '/cart' }, headers: [{ name: 'x-a', value: '1' }] }],
      backends: [{ upstreamRef: { name: 'cart' } }, { serviceRef: { name: 'old', port: 80 }, weight: 0 }],
      plugins: [{ name: 'auth', config: { any: { thing: null } } }],
      timeouts: { request: '30s' },
    },
  ],
};

/** Freezes an object through and through. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(Object.freeze(value))) freeze(inner);
  return value;
}

describe('validation', () => {
  it('fills in the defaults in a copy, and leaves the object alone', () => {
    const written = freeze(object('LoomRoute', route));
    const result = validate('LoomRoute', written);
    if (!('spec' in result)) throw new Error(JSON.stringify(result.problems));
    const [rule] = result.spec.rules;
    expect(rule?.matches?.[0]?.path).to.deep.equal({ type: 'Prefix', value: '/cart' });
    expect(rule?.matches?.[0]?.headers).to.deep.equal([{ name: 'x-a', type: 'Exact', value: '1' }]);
    expect(rule?.backends?.map((b) => b.weight)).to.deep.equal([1, 0]);
    expect(written.spec).to.deep.equal(route);
  });

  it('leaves free-form configuration as it is, null included', () => {
    const result = validate('LoomRoute', object('LoomRoute', route));
    expect('spec' in result && result.spec.rules[0]?.plugins).to.deep.equal([
      { name: 'auth', config: { any: { thing: null } } },
    ]);
  });

  it('drops null fields before it fills in defaults, as the API server does', () => {
    const spec = { endpoints: [{ address: '10.0.0.1', port: 80 }], loadBalancer: null, healthCheck: null };
    const result = validate('LoomUpstream', object('LoomUpstream', spec));
    expect('spec' in result && result.spec.loadBalancer).to.equal('RoundRobin');
    expect('spec' in result && result.spec).to.not.have.property('healthCheck');
  });

  it('fills in nothing inside an absent object', () => {
    const result = validate('WasmPlugin', object('WasmPlugin', { source: { file: { path: '/a' } } }));
    expect('spec' in result && result.spec).to.deep.equal({
      source: { file: { path: '/a' } },
      phase: 'OnRequestHeaders',
      priority: 0,
      isolation: 'Shared',
      instances: 1,
      ticks: 'Worker',
      allowOnHeadersStopIteration: false,
    });
  });

  it('refuses an unknown field beside spec, and does not look into the status', () => {
    const result = validate('LoomRoute', object('LoomRoute', route, { status: { odd: 1 }, data: {} }));
    expect(result).to.deep.equal({ problems: [{ path: '/data', message: 'unknown field' }] });
  });

  for (const spec of [undefined, null]) {
    it(`says that a spec of ${String(spec)} is missing`, () => {
      expect(validate('LoomRoute', object('LoomRoute', spec))).to.deep.equal({
        problems: [{ path: '/spec', message: 'is required' }],
      });
    });
  }

  for (const spec of [[], 'x', 7]) {
    it(`refuses the spec ${JSON.stringify(spec)}`, () => {
      expect(validate('LoomRoute', object('LoomRoute', spec))).to.deep.equal({
        problems: [{ path: '/spec', message: 'must be a map of fields' }],
      });
    });
  }

  it('names every problem of a stage at once', () => {
    const spec = { rules: [{ name: 'A', x: 1 }, { timeouts: { idle: '1' } }] };
    const result = validate('LoomRoute', object('LoomRoute', spec));
    expect('problems' in result && result.problems.map((p) => p.path)).to.have.members([
      '/spec/rules/0/x',
      '/spec/rules/0/name',
      '/spec/rules/1/name',
      '/spec/rules/1/timeouts/idle',
    ]);
  });

  it('does not take a field for one of Object.prototype', () => {
    const spec = JSON.parse('{"constructor":1,"__proto__":{"rules":[]}}') as unknown;
    const result = validate('LoomRoute', object('LoomRoute', spec));
    expect('problems' in result && result.problems.map((p) => p.path)).to.have.members([
      '/spec/constructor',
      '/spec/__proto__',
      '/spec/rules',
    ]);
  });

  it('has words for every pattern in the CRDs', () => {
    const patterns = (schema: Schema): string[] => [
      ...(schema.pattern ? [schema.pattern] : []),
      ...Object.values(schema.properties ?? {}).flatMap(patterns),
      ...(schema.items ? patterns(schema.items) : []),
    ];
    for (const kind of ['LoomRoute', 'LoomUpstream', 'WasmPlugin'] as const) {
      for (const pattern of patterns(specSchema(kind))) {
        // No pattern of a CRD lets these characters pass.
        const [problem] = checkSchema('\u0000 \n', { type: 'string', pattern }, '');
        expect(problem?.message, pattern).to.match(/^must (be|begin|hold|not hold) /);
      }
    }
  });

  it('has no field that YAML 1.1, as kubectl reads it, takes for true or false', () => {
    const names = (schema: Schema): string[] => [
      ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [name, ...names(field)]),
      ...(schema.items ? names(schema.items) : []),
    ];
    for (const kind of ['LoomRoute', 'LoomUpstream', 'WasmPlugin'] as const)
      expect(names(specSchema(kind))).to.not.include.oneOf(['y', 'n', 'yes', 'no', 'on', 'off']);
  });

  it('takes little time', () => {
    const rounds = 2000;
    const written = object('LoomRoute', route);
    for (let i = 0; i < rounds; i++) validate('LoomRoute', written);
    const start = performance.now();
    for (let i = 0; i < rounds; i++) expect(validate('LoomRoute', written)).to.have.property('spec');
    console.log(`      ${(((performance.now() - start) / rounds) * 1000).toFixed(1)} µs for one LoomRoute`);
  });
});
