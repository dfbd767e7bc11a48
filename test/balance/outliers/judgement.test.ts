import { expect } from 'chai';
import { findOutliers, type Sample } from '../../../src/balance/outliers/judgement.ts';
import { outlierDetection } from './world.ts';

const settings = { ...outlierDetection, errorPercent: 50, latencyFactor: 3, minRequests: 10 };
const sample = (requests: number, errors: number, meanMs: number): Sample => ({
  requests,
  errors,
  latencyMs: meanMs * (requests - errors),
});
const fine = sample(100, 0, 10);

const cases: readonly (readonly [string, readonly Sample[], readonly (number | undefined)[], object?])[] = [
  ['nobody where all are alike', [fine, fine, fine], [undefined, undefined, undefined]],
  ['who fails as often as is too often', [fine, sample(10, 5, 10)], [undefined, 2]],
  ['nobody who fails less often', [fine, sample(100, 49, 10)], [undefined, undefined]],
  ['nobody who had too few requests to tell', [fine, sample(9, 9, 10)], [undefined, undefined]],
  ['nobody who had none', [fine, sample(0, 0, 0)], [undefined, undefined], { minRequests: 1 }],
  ['who is slow', [fine, sample(50, 0, 31), fine], [undefined, 3, undefined]],
  ['nobody who is not slow enough', [fine, sample(50, 0, 30), fine], [undefined, undefined, undefined]],
  [
    'nobody for a difference that is noise',
    [sample(50, 0, 1), sample(50, 0, 5.9), sample(50, 0, 1)],
    [undefined, undefined, undefined],
  ],
  ['nobody for being slow alone', [sample(50, 0, 500)], [undefined]],
  [
    'nobody for being slow where it does not count',
    [fine, sample(50, 0, 500)],
    [undefined, undefined],
    { latencyFactor: 0 },
  ],
  [
    'nobody for errors where they do not count',
    [fine, sample(50, 50, 0)],
    [undefined, undefined],
    { errorPercent: 0 },
  ],
];

describe('findOutliers', () => {
  for (const [who, samples, wanted, more] of cases)
    it(`finds ${who}`, () => expect(findOutliers(samples, { ...settings, ...more })).to.deep.equal(wanted));
});
