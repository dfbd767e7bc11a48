import { Agent } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { askGrpc, askHttp1, askHttp2, type Ask, type Seen } from './clients.ts';
import { Loom } from './loom.ts';
import { startPeer, type Peer } from './peer.ts';

describe('Loom itself', () => {
  let loom: Loom;
  const peers: Peer[] = [];
  const clients: readonly [Ask, string][] = [
    [askHttp1(), '/'],
    [askHttp2(), '/'],
    [askGrpc, '/test.Peer/Say'],
  ];
  before(async () => {
    peers.push(await startPeer('http1', '10.78.0.2'), await startPeer('http2', '10.78.0.3'));
    loom = new Loom(`
routes: [{ id: http, path: /*, upstream: http }, { id: grpc, path: /test.Peer/*, upstream: grpc }]
upstreams:
  - { name: http, endpoints: ["${peers[0]?.authority}"] }
  - { name: grpc, endpoints: ["${peers[1]?.authority}"], protocol: grpc }
`);
    await loom.start({ env: { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'thrower.ts')}` } });
  });
  after(async () => {
    for (const peer of peers) await peer.kill();
    await loom.remove();
  });

  const be = (mode: string): Promise<number[]> => Promise.all(peers.map((peer) => peer.be(mode)));
  const inFlight = async (): Promise<number> => {
    const { endpoints } = await loom.json('/upstreams/http');
    return Number((endpoints as { inFlight: number }[])[0]?.inFlight);
  };
  const allServed = async (): Promise<void> => {
    for (const [ask, path] of clients) expect((await ask(path)).status).to.equal(200);
  };
  /** As many as that are being answered. */
  const begin = async (count: number): Promise<Promise<Seen>[]> => {
    // What Loom has in flight may be on its way still: the peer itself must have heard them before it behaves otherwise.
    const heard = async (): Promise<number> => (await be('silent'))[0] ?? 0;
    const before = await heard();
    const asked = Array.from({ length: count }, () => askHttp1()('/'));
    await eventually('all are at the upstream', async () => (await heard()) === before + count, 30);
    await be('well');
    return asked;
  };

  it('loses a worker to an error: its requests are cut, new ones are served by the others, and it is replaced', async () => {
    const restarts = async (): Promise<boolean> => /loom_worker_restarts_total 1/.test(await loom.metrics());
    const asked = await begin(24);
    loom.signal('SIGUSR2');
    await eventually('a worker has ended', restarts, 30);
    await allServed();
    await eventually('it is replaced', () => loom.log().some(({ msg }) => msg === 'worker replaced'), 60);
    await allServed();
    expect(await inFlight(), 'what the dead worker had in flight is settled').to.be.below(24);
    // The other worker has its own still: now the upstream ends them, and they are answered.
    await be('refuse');
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect([...new Set(statuses)]).to.have.members([0, 502]);
    await be('well');
    await allServed();
    // A client may have its answer before the worker has counted it.
    await eventually('nothing is in flight', async () => (await inFlight()) === 0, 30);
  });

  it('is killed: clients see their connections end, and are served as soon as it runs again', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await askHttp1(agent)('/')).status).to.equal(200);
    const asked = await begin(8);
    await loom.kill();
    const seen = await Promise.all(asked);
    expect(seen.map(({ status, complete }) => [status, complete])).to.deep.equal(seen.map(() => [0, false]));
    expect((await askHttp1(agent)('/')).status, 'nobody listens').to.equal(0);
    await loom.start();
    await allServed();
    expect((await askHttp1(agent)('/')).status).to.equal(200);
    agent.destroy();
  });
});
