import { expect } from 'chai';
import type { KubeObject } from '../../../src/api/core.ts';
import { watchedKinds, type WatchedKind } from '../../../src/sources/kube/kinds.ts';
import { Store, type StorePart } from '../../../src/sources/kube/store.ts';
import type { Kind } from '../../../src/sources/objects.ts';

const watched = (kind: Kind): WatchedKind => watchedKinds.find((one) => one.kind === kind) as WatchedKind;
const route = (name: string, more: object = {}, meta: object = {}): KubeObject =>
  ({
    metadata: {
      namespace: 'shop',
      name,
      uid: `u-${name}`,
      generation: 1,
      resourceVersion: '1',
      managedFields: [{}],
      ...meta,
    },
    spec: { rules: [] },
    ...more,
  }) as unknown as KubeObject;
const conditions = [{ type: 'Accepted', status: 'True', reason: 'A', message: '', lastTransitionTime: '' }];

describe('the store', () => {
  let store: Store;
  let part: StorePart;
  beforeEach(() => {
    store = new Store();
    part = store.part(watched('LoomRoute'));
  });

  it('keeps what Loom reads, with the type that items of lists lack', () => {
    part.apply(route('a', { status: { conditions } }));
    expect(store.objects.LoomRoute.get('shop/a')).to.deep.equal({
      apiVersion: 'loom.dev/v1alpha1',
      kind: 'LoomRoute',
      metadata: { namespace: 'shop', name: 'a', uid: 'u-a', generation: 1 },
      spec: { rules: [] },
    });
  });

  it('keeps the identity of an object whose status alone changed, and tells what it shows', () => {
    expect(part.apply(route('a'))).to.equal(true);
    const before = store.objects.LoomRoute.get('shop/a');
    expect(part.apply(route('a', { status: { conditions } }, { resourceVersion: '2' }))).to.equal(false);
    expect(store.objects.LoomRoute.get('shop/a')).to.equal(before);
    expect(store.shown('LoomRoute:shop/a')).to.deep.equal(conditions);
    part.apply(route('a'));
    expect(store.shown('LoomRoute:shop/a')).to.deep.equal([]);
  });

  it('has an object while any of its parts has it', () => {
    const [labelled, named] = watchedKinds
      .filter(({ kind }) => kind === 'ConfigMap')
      .map((one) => store.part(one));
    const map = route('a', { data: { 'ca.crt': 'A', more: 'B' } });
    expect([labelled?.apply(map), named?.apply(map), named?.apply(map)]).to.deep.equal([true, false, false]);
    expect(labelled?.replace([])).to.deep.equal([]);
    expect(store.objects.ConfigMap.get('shop/a')?.data).to.deep.equal({ 'ca.crt': 'A' });
    expect(labelled?.delete(map)).to.equal(false);
    expect(named?.delete(map)).to.equal(true);
    expect(store.objects.ConfigMap.size).to.equal(0);
  });

  it('replaces only what its part read, and keeps the identity of what stayed', () => {
    const other = store.part(watched('LoomRoute'));
    other.apply(route('elsewhere', {}, { namespace: 'other' }));
    part.replace([route('a'), route('b')]);
    const kept = store.objects.LoomRoute.get('shop/b');
    expect(part.replace([route('b', {}, { resourceVersion: '9' })])).to.deep.equal(['shop/a']);
    expect([...store.objects.LoomRoute.keys()].toSorted()).to.deep.equal(['other/elsewhere', 'shop/b']);
    expect(store.objects.LoomRoute.get('shop/b')).to.equal(kept);
    expect(part.replace([route('b', {}, { resourceVersion: '10' })])).to.deep.equal([]);
  });

  it('tells whether a deletion took anything away', () => {
    part.apply(route('a', { status: { conditions } }));
    expect(part.delete(route('a'))).to.equal(true);
    expect(part.delete(route('a'))).to.equal(false);
    expect(store.shown('LoomRoute:shop/a')).to.deep.equal([]);
    store.show('LoomRoute:shop/a', { status: { conditions } });
    expect(store.shown('LoomRoute:shop/a')).to.deep.equal([]);
  });

  const meta = { namespace: 'shop', name: 'x' };
  const cases: readonly (readonly [string, Kind, object, object, boolean])[] = [
    ['another generation', 'LoomRoute', {}, { metadata: { ...meta, generation: 2 } }, true],
    ['another label', 'LoomUpstream', {}, { metadata: { ...meta, labels: { a: 'b' } } }, true],
    [
      'another annotation of a Service',
      'Service',
      {},
      { metadata: { ...meta, annotations: { 'loom.dev/upstream': 'true' } } },
      true,
    ],
    [
      'what kubectl notes',
      'Service',
      {},
      { metadata: { ...meta, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } },
      false,
    ],
    [
      'the status of a Service',
      'Service',
      { spec: { ports: [] } },
      { spec: { ports: [] }, status: { loadBalancer: {} } },
      false,
    ],
    [
      'a cluster address',
      'Service',
      { spec: { ports: [] } },
      { spec: { ports: [], clusterIP: '10.0.0.1' } },
      false,
    ],
    ['a port', 'Service', { spec: { ports: [{ port: 80 }] } }, { spec: { ports: [{ port: 81 }] } }, true],
    [
      'the node of an endpoint',
      'EndpointSlice',
      { endpoints: [{ addresses: ['10.0.0.1'] }] },
      { endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n' }] },
      false,
    ],
    [
      'the readiness of an endpoint',
      'EndpointSlice',
      { endpoints: [{ addresses: ['10.0.0.1'] }] },
      { endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }] },
      true,
    ],
    [
      'the zone of an endpoint',
      'EndpointSlice',
      { endpoints: [{ addresses: ['10.0.0.1'] }] },
      { endpoints: [{ addresses: ['10.0.0.1'], zone: 'a' }] },
      true,
    ],
    [
      'the zones that an endpoint is for',
      'EndpointSlice',
      { endpoints: [{ addresses: ['10.0.0.1'] }] },
      { endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }] } }] },
      true,
    ],
    [
      'when endpoints changed',
      'EndpointSlice',
      {},
      { metadata: { ...meta, annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'now' } } },
      false,
    ],
    ['text data of a ConfigMap', 'ConfigMap', { data: { a: '1' } }, { data: { a: '2' } }, false],
    ['a module', 'ConfigMap', { binaryData: { a: 'AA==' } }, { binaryData: { a: 'AQ==' } }, true],
    [
      'a certificate',
      'Secret',
      { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==' } },
      { type: 'kubernetes.io/tls', data: { 'tls.crt': 'Yg==' } },
      true,
    ],
    [
      'a password',
      'Secret',
      { type: 'Opaque', data: { password: 'YQ==' } },
      { type: 'Opaque', data: { password: 'Yg==' } },
      false,
    ],
    [
      'users and hashes of passwords',
      'Secret',
      { type: 'Opaque', data: { auth: 'YQ==' } },
      { type: 'Opaque', data: { auth: 'Yg==' } },
      true,
    ],
    [
      'a grant',
      'ReferenceGrant',
      { spec: { from: [], to: [] } },
      { spec: { from: [{ group: '', kind: 'A', namespace: 'b' }], to: [] } },
      true,
    ],
  ];
  for (const [what, kind, before, after, expected] of cases) {
    it(`${expected ? 'signals' : 'does not signal'} ${what}`, () => {
      const one = store.part(watched(kind));
      one.apply({ metadata: meta, ...before } as KubeObject);
      expect(one.apply({ metadata: meta, ...after } as KubeObject)).to.equal(expected);
    });
  }

  it('never holds what is in a Secret of another type', () => {
    store
      .part(watched('Secret'))
      .apply({ metadata: meta, type: 'Opaque', data: { 'tls.key': 'YQ==' } } as unknown as KubeObject);
    expect(JSON.stringify([...store.objects.Secret.values()])).not.to.include('YQ==');
  });
});
