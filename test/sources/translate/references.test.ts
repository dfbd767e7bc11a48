import { expect } from 'chai';
import { isPermitted, type Reference } from '../../../src/sources/translate/references.ts';
import { Translator } from '../../../src/sources/translate/translator.ts';
import { Objects } from '../../support/objects.ts';

const grant = (from: string, to: string, namespace = 'b'): string => `
kind: ReferenceGrant
metadata: { name: g, namespace: ${namespace} }
spec: { from: [${from}], to: [${to}] }
`;
const fromA = '{ group: loom.dev, kind: LoomRoute, namespace: a }';
const loom = (kind: string, name = ''): string =>
  `{ group: loom.dev, kind: ${kind}${name && `, name: ${name}`} }`;
const core = (kind: string): string => `{ group: "", kind: ${kind} }`;
const reference = (kind: Reference['kind'], namespace = 'b'): Reference => ({
  kind,
  id: `${namespace}/x`,
  namespace,
  name: 'x',
  field: 'f',
});

describe('isPermitted', () => {
  const cases: readonly (readonly [string, Reference, string | undefined, boolean])[] = [
    ['the own namespace', reference('Secret', 'a'), undefined, true],
    ['another without a grant', reference('LoomUpstream'), undefined, false],
    ['a grant for the kind', reference('WasmPlugin'), grant(fromA, loom('WasmPlugin')), true],
    ['a grant for that name', reference('LoomUpstream'), grant(fromA, loom('LoomUpstream', 'x')), true],
    ['a grant for another name', reference('LoomUpstream'), grant(fromA, loom('LoomUpstream', 'y')), false],
    ['a grant for another kind', reference('WasmPlugin'), grant(fromA, loom('LoomUpstream')), false],
    [
      'a Service behind the name of an upstream',
      reference('LoomUpstream'),
      grant(fromA, core('Service')),
      true,
    ],
    ['an upstream for a Service', reference('Service'), grant(fromA, loom('LoomUpstream')), false],
    ['the wrong group', reference('Secret'), grant(fromA, loom('Secret')), false],
    ['a grant in the namespace of the route', reference('Secret'), grant(fromA, core('Secret'), 'a'), false],
    [
      'a grant for another namespace',
      reference('Secret'),
      grant(fromA.replace(': a ', ': c '), core('Secret')),
      false,
    ],
    [
      'a grant for another kind of route',
      reference('Secret'),
      grant(fromA.replace('LoomRoute', 'HTTPRoute'), core('Secret')),
      false,
    ],
    [
      'a second entry',
      reference('Secret'),
      grant(`${loom('X')}, ${fromA}`, `${core('Y')}, ${core('Secret')}`),
      true,
    ],
  ];
  for (const [title, wanted, yaml, permitted] of cases) {
    it(`says ${permitted ? 'yes' : 'no'} to ${title}`, () => {
      const objects = new Objects().apply(yaml ?? '');
      expect(isPermitted(objects.set, 'a', wanted)).to.equal(permitted);
    });
  }
});

describe('a reference that is not permitted', () => {
  const objects = (): Objects =>
    new Objects().apply(`
apiVersion: loom.dev/v1alpha1
kind: LoomRoute
metadata: { name: r, namespace: a }
spec:
  rules:
    - name: main
      plugins: [{ name: x, namespace: b }]
      backends: [{ upstreamRef: { name: x, namespace: b } }]
---
apiVersion: loom.dev/v1alpha1
kind: LoomUpstream
metadata: { name: x, namespace: b }
spec: { endpoints: [{ address: 10.0.0.1, port: 80 }] }
`);

  it('is cut off alone: what has the same name and is of another kind stays', () => {
    const set = objects().apply(grant(fromA, loom('LoomUpstream'))).set;
    const { model, verdicts } = new Translator().translate(set);
    expect(model.routes.get('a/r')?.rules[0]).to.deep.include({
      action: { type: 'forward', backends: [{ upstream: 'b/x', weight: 1 }] },
      plugins: [{ plugin: '(not permitted) b/x' }],
    });
    expect(verdicts.get('LoomRoute:a/r')?.resolvedRefs).to.include({
      status: 'False',
      reason: 'RefNotPermitted',
    });
  });

  it('holds as soon as there is a grant, with the route as it was told', () => {
    const translator = new Translator();
    const all = objects();
    const before = translator.translate(all.set).model.routes.get('a/r');
    expect(before?.rules[0]?.action).to.deep.equal({
      type: 'forward',
      backends: [{ upstream: '(not permitted) b/x', weight: 1 }],
    });
    expect(translator.translate(all.set).model.routes.get('a/r'), 'the same at every look').to.equal(before);
    all.apply(grant(fromA, `${loom('LoomUpstream')}, ${loom('WasmPlugin')}`));
    const after = translator.translate(all.set).model.routes.get('a/r');
    expect(after?.rules[0]?.plugins).to.deep.equal([{ plugin: 'b/x' }]);
  });
});
