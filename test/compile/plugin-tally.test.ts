import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { PluginTally } from '../../src/compile/plugin-tally.ts';
import type { PluginStats } from '../../src/wasm/plugin-vm.ts';

const statsOf = (instances: number, calls: number): PluginStats => ({
  state: 'serving',
  instances,
  memoryBytes: instances * 10,
  calls,
  failures: 0,
  killed: 0,
  replacements: 0,
  recycled: 0,
});
const version = (instances: number, calls: number): { plugin: { id: string }; stats: PluginStats } => ({
  plugin: { id: 'p' },
  stats: statsOf(instances, calls),
});

describe('what plugins have done', () => {
  it('counts versions that go until they have ended, and their calls for ever', () => {
    const tally = new PluginTally();
    const old = version(1, 5);
    tally.leave([old]);
    const present = new Map([['p', [version(2, 1)]]]);
    const busy = tally.stats(present).get('p');
    expect([busy?.instances, busy?.calls, busy?.memoryBytes]).to.deep.equal([3, 6, 30]);
    old.stats = statsOf(0, 7);
    const ended = tally.stats(present).get('p');
    expect([ended?.instances, ended?.calls]).to.deep.equal([2, 8]);
  });

  it('holds no version that has ended, also where nobody ever asks', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const tally = new PluginTally();
    const ref = ((): WeakRef<object> => {
      const ended = version(0, 5);
      tally.leave([ended]);
      return new WeakRef(ended);
    })();
    tally.leave([version(1, 1)]);
    // A WeakRef holds its target until the present turn is over.
    await setImmediate();
    collect();
    expect(ref.deref()).to.equal(undefined);
    expect(tally.stats(new Map([['p', []]])).get('p')?.calls).to.equal(6);
  });
});
