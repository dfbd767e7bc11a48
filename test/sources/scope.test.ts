import { expect } from 'chai';
import type { KubeObject } from '../../src/api/core.ts';
import { parseSelector } from '../../src/sources/label-selector.ts';
import { isOwn, leaseNameOf, type Scope } from '../../src/sources/scope.ts';

const route = (className?: string, labels: Record<string, string> = {}): KubeObject =>
  ({
    apiVersion: 'loom.dev/v1alpha1',
    kind: 'LoomRoute',
    metadata: { name: 'r', labels },
    spec: { className },
  }) as KubeObject;
const service = (className?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', annotations: className === undefined ? {} : { 'loom.dev/class': className } },
});
const selector = parseSelector('shard=a');

describe('the scope of a Loom', () => {
  const scopes: readonly (readonly [string, Scope, readonly boolean[]])[] = [
    // Objects: without a class, of the class inner, of the class outer.
    ['without a class', {}, [true, false, false]],
    ['of a class', { className: 'inner' }, [false, true, false]],
    ['of the default class', { className: 'inner', isDefault: true }, [true, true, false]],
  ];
  for (const [title, scope, wanted] of scopes) {
    it(`${title}: routes and annotated Services alike`, () => {
      for (const make of [route, service])
        expect([make(), make('inner'), make('outer')].map((one) => isOwn(one, scope))).to.deep.equal(wanted);
    });
  }

  it('is narrowed by labels', () => {
    expect(isOwn(route(undefined, { shard: 'a' }), { selector })).to.equal(true);
    expect(isOwn(route(undefined, { shard: 'b' }), { selector })).to.equal(false);
    expect(isOwn(service(), { selector })).to.equal(false);
  });

  it('has a Lease of its own', () => {
    const hash = (text: string): string => `<${text}>`;
    const names = [
      {},
      { className: 'inner' },
      { className: 'inner', isDefault: true },
      { selector },
      { className: 'inner', selector },
    ].map((scope) => leaseNameOf(scope, hash));
    expect(names).to.deep.equal([
      'loom',
      'loom-inner',
      'loom-inner',
      'loom-<shard=a>',
      'loom-inner-<shard=a>',
    ]);
  });
});
