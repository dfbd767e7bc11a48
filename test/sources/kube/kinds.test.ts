import { expect } from 'chai';
import type { KubeObject, Service } from '../../../src/api/core.ts';
import { kindsFor } from '../../../src/sources/kube/kinds.ts';
import { parseSelector } from '../../../src/sources/label-selector.ts';

const type = { apiVersion: 'v1', kind: 'Service' };
const keep = (spec: object, externalNames: boolean): Service['spec'] => {
  const watched = kindsFor({}, externalNames).find(({ kind }) => kind === 'Service');
  if (!watched) throw new Error('Services are not watched');
  const object = { ...type, metadata: { name: 's', namespace: 'a' }, spec } as KubeObject;
  return (watched.keep(object, type) as Service).spec;
};

describe('what one Loom watches', () => {
  it('is only what has its labels, of its own kinds', () => {
    const queries = kindsFor({ selector: parseSelector('shard=a') }, false).map(({ kind, query }) => [
      kind,
      query,
    ]);
    expect(queries.slice(0, 4)).to.deep.equal([
      ['LoomRoute', { labelSelector: 'shard=a' }],
      ['LoomUpstream', { labelSelector: 'shard=a' }],
      ['WasmPlugin', { labelSelector: 'shard=a' }],
      ['Service', {}],
    ]);
    expect(queries[5]).to.deep.equal(['ConfigMap', { labelSelector: 'loom.dev/wasm=true' }]);
  });

  it('knows names of other hosts only where that is allowed', () => {
    const spec = { type: 'ExternalName', externalName: 'api.example.com' };
    expect(keep(spec, false)).to.deep.equal({ type: 'ExternalName' });
    expect(keep(spec, true)).to.deep.equal(spec);
    expect(keep({ ...spec, type: 'ClusterIP' }, true)).to.not.have.property('externalName');
  });

  for (const externalName of [
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '127.0.0.1',
    '127.1',
    '0.0.0.0',
    '2130706433',
    '0x7f000001',
    '127.0.0.0x1',
    '127.0.0.1.',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '169.254.169.254',
    '::1',
    '::',
    'fe80::1',
  ]) {
    it(`never follows ${externalName}`, () =>
      expect(keep({ type: 'ExternalName', externalName }, true)).to.not.have.property('externalName'));
  }
});
