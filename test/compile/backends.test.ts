import { expect } from 'chai';
import { compileBackends } from '../../src/compile/backends.ts';
import { seeded, world } from '../balance/world.ts';

const { cluster: a } = world('RoundRobin', []);
const { cluster: b } = world('RoundRobin', []);
const clusters = new Map([
  ['a', a],
  ['b', b],
]);

describe('compileBackends', () => {
  it('chooses in proportion to the weights, and never a weight of 0', () => {
    const backends = [
      { upstream: 'a', weight: 1 },
      { upstream: 'off', weight: 0 },
      { upstream: 'b', weight: 3 },
      { upstream: 'gone', weight: 4 },
    ];
    const choose = compileBackends(backends, clusters, seeded(7));
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 8000; i++) {
      const chosen = choose();
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    }
    expect([...counts.keys()]).to.have.members([a, b, 'backend-missing']);
    expect(counts.get(a)).to.be.within(900, 1100);
    expect(counts.get(b)).to.be.within(2850, 3150);
  });

  // The edges of the shares: a point on a limit belongs to the next one.
  for (const [point, want] of [
    [0, a],
    [0.2499, a],
    [0.25, b],
    [0.9999, b],
  ] as const) {
    it(`takes ${want === a ? 'a' : 'b'} of 1:3 at ${point}`, () => {
      const backends = [
        { upstream: 'a', weight: 1 },
        { upstream: 'b', weight: 3 },
      ];
      expect(compileBackends(backends, clusters, () => point)()).to.equal(want);
    });
  }

  it('takes the only one without a random number', () => {
    const never = (): number => {
      throw new Error('asked for a random number');
    };
    expect(compileBackends([{ upstream: 'b', weight: 5 }], clusters, never)()).to.equal(b);
  });

  it('answers backend-missing for an upstream that does not exist', () => {
    expect(compileBackends([{ upstream: 'gone', weight: 1 }], clusters)()).to.equal('backend-missing');
  });

  for (const backends of [[], [{ upstream: 'a', weight: 0 }]]) {
    it(`answers no-endpoint for ${JSON.stringify(backends)}`, () =>
      expect(compileBackends(backends, clusters)()).to.equal('no-endpoint'));
  }
});
