import { expect } from 'chai';
import type { EndpointSlice } from '../../../src/api/core.ts';
import { SliceIndex } from '../../../src/sources/translate/slice-index.ts';

const named = (name: string, namespace: string, of?: string): readonly [string, EndpointSlice] => [
  `${namespace}/${name}`,
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, ...(of !== undefined && { labels: { 'kubernetes.io/service-name': of } }) },
    addressType: 'IPv4',
  },
];

describe('SliceIndex', () => {
  const names = (index: SliceIndex, service: string, slices: ReadonlyMap<string, EndpointSlice>): string[] =>
    index.of(service, slices).map(({ metadata }) => metadata.name);

  it('groups by the label within a namespace, in order of their names', () => {
    const slices = new Map([
      named('2', 'a', 'web'),
      named('1', 'a', 'web'),
      named('3', 'b', 'web'),
      named('4', 'a'),
    ]);
    const index = new SliceIndex();
    expect([...index.update(slices, undefined)].toSorted()).to.deep.equal(['a/web', 'b/web']);
    expect(names(index, 'a/web', slices)).to.deep.equal(['1', '2']);
    expect(names(index, 'b/web', slices)).to.deep.equal(['3']);
    expect(names(index, 'b/none', slices)).to.deep.equal([]);
  });

  it('tells both Services of a slice that goes from one to the other, and follows those that go', () => {
    const slices = new Map([named('1', 'a', 'web'), named('2', 'a', 'web')]);
    const index = new SliceIndex();
    index.update(slices, undefined);
    slices.set(...named('1', 'a', 'shop'));
    expect([...index.update(slices, ['a/1'])].toSorted()).to.deep.equal(['a/shop', 'a/web']);
    expect([names(index, 'a/web', slices), names(index, 'a/shop', slices)]).to.deep.equal([['2'], ['1']]);
    slices.delete('a/2');
    expect([...index.update(slices, ['a/2'])]).to.deep.equal(['a/web']);
    expect(names(index, 'a/web', slices)).to.deep.equal([]);
    slices.clear();
    expect([...index.update(slices, undefined)]).to.deep.equal(['a/shop']);
  });

  it('looks at nothing but what it is told of', () => {
    const slices = new Map([named('1', 'a', 'web')]);
    const index = new SliceIndex();
    expect([...index.update(slices, [])]).to.deep.equal([]);
    expect(names(index, 'a/web', slices)).to.deep.equal([]);
  });
});
