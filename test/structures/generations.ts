import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as (options: { type: 'major' | 'minor' }) => void;

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0;

const rounds = 20_000;

/**
 * What `step` has added and taken out again dies young, although what there is now lies in the old generation. `step` holds some 64
 * things of half a kilobyte or more: of 20,000 that all live on, many megabytes become old.
 */
export function keepsNothing(step: (i: number) => void): void {
  for (let i = 0; i < 1000; i++) step(i);
  gc({ type: 'major' });
  const before = oldBytes();
  for (let i = 1000; i < rounds; i++) {
    step(i);
    if (i % 500 === 0) gc({ type: 'minor' });
  }
  expect(oldBytes() - before).to.be.below(2 ** 21);
}
