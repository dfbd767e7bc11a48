import { expect } from 'chai';
import { Client } from '../../../src/sources/kube/client.ts';
import { Election } from '../../../src/sources/kube/lease.ts';
import { makeLogger } from '../../../src/telemetry/log.ts';
import { KubeServer } from '../../support/kube-server.ts';
import { eventually } from '../../support/wait.ts';

const leases = '/apis/coordination.k8s.io/v1/leases';
/** No pause of a busy machine loses a Lease. */
const patient = { durationMs: 20_000, renewMs: 10_000, retryMs: 60 };
/** In which it soon gives up, long before another may lead. */
const hasty = { durationMs: 10_000, renewMs: 700, retryMs: 60 };

interface Spec {
  readonly holderIdentity: string;
  readonly leaseTransitions: number;
  readonly leaseDurationSeconds: number;
  readonly renewTime: string;
}

describe('the election of a leader', () => {
  let server: KubeServer;
  let client: Client;
  let changes: string[];
  const running: { readonly stop: AbortController; readonly done: Promise<void> }[] = [];

  beforeEach(async () => {
    server = await new KubeServer().start();
    client = new Client({
      server: server.url,
      origin: 'test',
      read: () => Promise.resolve({ headers: {}, tls: {} }),
    });
    changes = [];
  });
  afterEach(async () => {
    for (const { stop, done } of running.splice(0)) {
      stop.abort();
      await done;
    }
    await client.close();
    await server.stop();
  });

  function start(
    identity: string,
    timing = patient,
  ): { readonly election: Election; readonly end: () => Promise<void> } {
    const election = new Election({
      client,
      namespace: 'loom',
      name: 'loom',
      identity,
      log: makeLogger('silent'),
      changed: (leads) => changes.push(`${identity} ${leads}`),
      timing,
    });
    const stop = new AbortController();
    const done = election.run(stop.signal);
    running.push({ stop, done });
    return {
      election,
      end: () => {
        stop.abort();
        return done;
      },
    };
  }
  const spec = (): Spec | undefined => server.object(leases, 'loom/loom')?.['spec'] as Spec | undefined;
  const held = (holderIdentity: string, more: object = {}): void =>
    void server.put(leases, {
      metadata: { namespace: 'loom', name: 'loom' },
      spec: {
        holderIdentity,
        leaseDurationSeconds: 1,
        leaseTransitions: 4,
        renewTime: '2000-01-01T00:00:00.000000Z',
        ...more,
      },
    });

  it('makes the Lease, leads, renews, and gives it back at the end', async () => {
    const { election, end } = start('a');
    await eventually('leads', () => election.leads);
    const first = spec();
    expect(first).to.include({ holderIdentity: 'a', leaseDurationSeconds: 20, leaseTransitions: 0 });
    expect(first?.renewTime).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    await eventually('renewed', () => spec()?.renewTime !== first?.renewTime);
    await end();
    expect(spec()?.holderIdentity).to.equal('');
    expect(election.leads).to.equal(false);
    expect(changes).to.deep.equal(['a true', 'a false']);
  });

  it('waits as long as the holder may be alive by its own clock, whatever time the Lease tells', async () => {
    held('dead');
    const began = performance.now();
    const { election } = start('a');
    await eventually('leads', () => election.leads);
    expect(performance.now() - began).to.be.greaterThan(1000);
    expect(spec()).to.include({ holderIdentity: 'a', leaseTransitions: 5 });
  });

  it('does not take a Lease that is being renewed', async () => {
    held('alive', { renewTime: 'never' });
    const { election } = start('a');
    const began = performance.now();
    await eventually('two durations', () => {
      held('alive', { renewTime: String(performance.now()) });
      expect(election.leads).to.equal(false);
      return performance.now() - began > 2000;
    });
    expect(changes).to.deep.equal([]);
  });

  it('has one leader at a time, and the next one at once when it ends', async () => {
    const a = start('a');
    await eventually('a leads', () => a.election.leads);
    const b = start('b');
    await eventually(
      'b has looked',
      () => server.requests.filter(({ method }) => method === 'GET').length > 3,
    );
    expect(b.election.leads).to.equal(false);
    const began = performance.now();
    await a.end();
    await eventually('b leads', () => b.election.leads);
    expect(performance.now() - began).to.be.lessThan(patient.durationMs);
    expect(changes).to.deep.equal(['a true', 'a false', 'b true']);
  });

  it('leads no longer than it can renew, and leads again when it can', async () => {
    const { election } = start('a', hasty);
    await eventually('leads', () => election.leads);
    server.fault = () => 'silence';
    const silent = performance.now();
    await eventually('told', () => changes.includes('a false'));
    // After that time another may lead.
    expect(performance.now() - silent).to.be.lessThan(hasty.durationMs);
    server.fault = () => undefined;
    await eventually('leads again', () => election.leads);
  });

  it('stops at once when somebody else has taken the Lease', async () => {
    const { election } = start('a');
    await eventually('leads', () => election.leads);
    held('thief');
    await eventually('lost', () => !election.leads);
    expect(spec()?.holderIdentity).to.equal('thief');
  });

  it('goes on leading when its own renewal was not answered', async () => {
    const { election } = start('a');
    await eventually('leads', () => election.leads);
    // As if the server had taken a renewal whose answer was lost: the version is another one.
    held('a', { renewTime: 'unanswered' });
    await eventually('renewed over it', () => spec()?.renewTime !== 'unanswered');
    expect(changes).to.deep.equal(['a true']);
  });

  it('gives the Lease back although its own last renewal was not answered', async () => {
    const { election, end } = start('a');
    await eventually('leads', () => election.leads);
    held('a', { renewTime: 'unanswered' });
    await end();
    expect(spec()?.holderIdentity).to.equal('');
  });

  it('goes on trying while it may not', async () => {
    server.fault = () => ({ status: 403, body: { reason: 'Forbidden' } });
    const { election } = start('a');
    await eventually('tries', () => server.requests.length > 3);
    expect(election.leads).to.equal(false);
    server.fault = () => undefined;
    await eventually('leads', () => election.leads);
  });
});
