import { expect } from 'chai';
import type { Condition } from '../../../src/api/core.ts';
import { showsAll, toConditions } from '../../../src/sources/kube/conditions.ts';
import type { ObjectStatus } from '../../../src/sources/objects.ts';

const now = '2026-02-02T00:00:00Z';
const status = (message = 'ok', generation = 2): ObjectStatus => ({
  object: { apiVersion: 'loom.dev/v1alpha1', kind: 'LoomRoute', metadata: { name: 'a', generation } },
  conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', message }],
  warnings: [],
});
const shown: Condition = {
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: 'ok',
  observedGeneration: 2,
  lastTransitionTime: '2026-01-01T00:00:00Z',
};

describe('conditions', () => {
  it('keep the time of the last transition while the status stays', () => {
    expect(toConditions(status('new'), [shown], now)[0]).to.deep.equal({ ...shown, message: 'new' });
    expect(toConditions(status(), [{ ...shown, status: 'False' }], now)[0]).to.deep.equal({
      ...shown,
      lastTransitionTime: now,
    });
    expect(toConditions(status(), [], now)[0]?.lastTransitionTime).to.equal(now);
  });

  it('fit into what the API server takes', () => {
    expect(toConditions(status('x'.repeat(40_000)), [], now)[0]?.message.length).to.equal(32_768);
  });

  for (const [name, has, wanted] of [
    ['the same', [shown], true],
    ['another time', [{ ...shown, lastTransitionTime: now }], true],
    ['one more of somebody else', [{ ...shown, type: 'Foreign' }, shown], true],
    ['nothing', [], false],
    ['another status', [{ ...shown, status: 'Unknown' }], false],
    ['another reason', [{ ...shown, reason: 'B' }], false],
    ['another message', [{ ...shown, message: 'b' }], false],
    ['another generation', [{ ...shown, observedGeneration: 1 }], false],
  ] as const satisfies readonly (readonly [string, readonly Condition[], boolean])[]) {
    it(`are ${wanted ? '' : 'not '}shown by an object with ${name}`, () => {
      expect(showsAll(has, toConditions(status(), has, now))).to.equal(wanted);
    });
  }
});
