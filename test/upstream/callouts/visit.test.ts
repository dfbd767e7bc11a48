import { expect } from 'chai';
import { Cluster } from '../../../src/balance/cluster.ts';
import { EndpointSet } from '../../../src/balance/endpoints.ts';
import { endpointCell, SharedState } from '../../../src/balance/shared.ts';
import type { OutlierDetection, Upstream } from '../../../src/model/upstream.ts';
import { Visit, type Verdict } from '../../../src/upstream/callouts/visit.ts';

const outlierDetection: OutlierDetection = {
  consecutiveErrors: 2,
  errorPercent: 0,
  latencyFactor: 0,
  minRequests: 1,
  intervalMs: 60_000,
  ejectionMs: 60_000,
  maxEjectionMs: 60_000,
  maxEjectionPercent: 100,
  statuses: [500],
};
const circuitBreaker = { failureThreshold: 2, successThreshold: 1, timeoutMs: 60_000, statuses: [500] };

describe('a call of a plugin at an endpoint', () => {
  const shared = new SharedState();
  let slot = 0;
  const cluster = (more: Partial<Upstream>): Cluster => {
    const set = new EndpointSet(shared);
    set.replace([80, 81].map((port) => ({ address: '127.0.0.1', port, weight: 1, slot: slot++ })));
    const settings = { id: 'u', slot: slot++, loadBalancer: 'RoundRobin', connectTimeoutMs: 0 } as const;
    return new Cluster({ ...settings, ...more }, set, shared);
  };
  const counted = (of: Cluster): readonly (readonly [number, number])[] =>
    of.endpoints.current.map(({ slot: at }) => {
      const load = (cell: number): number => Atomics.load(shared.cells, shared.endpoint(at, cell));
      return [load(endpointCell.requests), load(endpointCell.errors)];
    });
  const call = (to: Cluster, status: number | undefined, end: Verdict): void => {
    const visit = new Visit(to, false);
    if (status !== undefined) visit.answered(status);
    visit.end(end);
  };

  for (const [what, status, end, [requests, errors], breaker] of [
    ['a response', 200, 'success', [4, 0], 'closed'],
    ['a status that counts as an error', 500, 'success', [4, 4], 'open'],
    ['a status that counts as none', 503, 'success', [4, 0], 'closed'],
    ['no response', undefined, 'failure', [4, 4], 'open'],
    ['a body that was cut off', 200, 'failure', [4, 0], 'closed'],
    ['a reply without a status', undefined, 'success', [4, 0], 'closed'],
    ['one that the plugin has given up', undefined, 'abandon', [0, 0], 'closed'],
  ] as const) {
    it(`tells passive health checks and the breaker of ${what}`, () => {
      const watched = cluster({ outlierDetection: { ...outlierDetection, consecutiveErrors: 0 } });
      for (let i = 0; i < 4; i++) call(watched, status, end);
      expect(counted(watched)).to.deep.equal([1, 2].map(() => [requests / 2, errors / 2]));
      const broken = cluster({ circuitBreaker });
      for (let i = 0; i < 2; i++) call(broken, status, end);
      expect(broken.breaker?.state).to.equal(breaker);
    });
  }

  it('ejects an endpoint that keeps failing', () => {
    const to = cluster({ outlierDetection });
    for (let i = 0; i < 3; i++) call(to, undefined, 'failure');
    expect(to.endpoints.current.map(({ healthy }) => healthy)).to.deep.equal([false, true]);
  });

  it('counts an endpoint that could not be reached before it moves on', () => {
    const to = cluster({ outlierDetection });
    const visit = new Visit(to, false);
    expect(visit.next()).to.equal(true);
    visit.answered(200);
    visit.end('success');
    expect(counted(to)).to.deep.equal([
      [1, 1],
      [1, 0],
    ]);
  });

  it('is one of the requests that the upstream may have, and makes way at its end', () => {
    const to = cluster({ limits: { requests: 1 }, circuitBreaker });
    const first = new Visit(to, false);
    for (let i = 0; i < 3; i++)
      expect(() => new Visit(to, false))
        .to.throw()
        .with.property('code', 'upstream-overloaded');
    first.end('success');
    call(to, 200, 'success');
    expect(to.breaker?.state).to.equal('closed');
  });
});
