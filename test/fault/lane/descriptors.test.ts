import { execFileSync } from 'node:child_process';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { askHttp1, type Seen } from './clients.ts';
import { Loom, loomAddress, loomPort } from './loom.ts';
import { startPeer, type Peer } from './peer.ts';
import { cpuSeconds, openFiles } from './usage.ts';

/** Loom has some 40 by itself. */
const limit = 160;

describe('Loom, when its file descriptors run out', () => {
  let peer: Peer;
  let loom: Loom;
  const config = (route: string): string => `
limits: { header_timeout: 5m }
routes: [{ id: ${route}, path: /*, upstream: u, timeouts: { response: 10s } }]
upstreams:
  - name: u
    endpoints: ["${peer.authority}"]
    health_check: { path: /, interval: 100ms, timeout: 10s, unhealthy_threshold: 1 }
`;
  before(async () => {
    peer = await startPeer('http1', '10.78.0.2');
    loom = new Loom(config('all'));
    await loom.start({ prefix: ['prlimit', `--nofile=${limit}:${limit}`] });
  });
  after(async () => {
    await loom.remove();
    await peer.kill();
  });

  const warnings = (message: string): number => loom.log().filter(({ msg }) => msg === message).length;
  const told = 'file descriptors run out; connections are turned away';
  const isHealed = (): Promise<boolean> =>
    eventually('a new client is served', async () => {
      const { status } = await askHttp1()('/');
      return status === 200;
    });

  it('turns new clients away, serves those that it has, waits without work, and takes new ones when there is room', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const kept = (): Promise<Seen> => askHttp1(agent)('/');
    expect((await kept()).status).to.equal(200);
    const idle = new Set<Socket>();
    for (let i = 0; i < 2 * limit; i++) {
      const socket = connect(loomPort, loomAddress);
      idle.add(socket.on('error', () => undefined).on('close', () => idle.delete(socket)));
    }
    await eventually('who is too many is away', () => idle.size < limit);
    const began = { cpu: cpuSeconds(loom.pid), at: performance.now() };
    await setTimeout(1000);
    const seconds = (performance.now() - began.at) / 1000;
    expect((cpuSeconds(loom.pid) - began.cpu) / seconds, 'of a core').to.be.below(0.5);
    expect((await askHttp1()('/')).status).to.equal(0);
    expect((await kept()).status).to.equal(200);
    expect(await loom.metrics()).to.match(/refused_total\{listener="http",reason="descriptors"\} [1-9]/);
    expect(warnings(told), 'once for each worker').to.be.within(1, 2);
    for (const socket of idle) socket.destroy();
    await isHealed();
    expect(warnings('endpoint became unhealthy')).to.equal(0);
    agent.destroy();
  });

  it('reads a change that it could not read as soon as it can', async () => {
    const allow = (files: number): unknown =>
      execFileSync('prlimit', ['--pid', String(loom.pid), `--nofile=${files}:${limit}`]);
    const { revision } = await loom.json('/info');
    allow(20);
    loom.write(config('changed'));
    const unread = 'file cannot be used; its last good state goes on';
    await eventually('it says so', () => warnings(unread) > 0, 30);
    allow(limit);
    await eventually('it is served', async () => (await loom.json('/info'))['revision'] !== revision, 30);
  });

  it('answers 503 where there is none for a connection to an upstream, and blames no endpoint', async () => {
    // Clients that are connected before any of them asks: each then wants one descriptor more, and so many there are not.
    const room = limit - openFiles(loom.pid);
    const agents = Array.from(
      { length: Math.ceil(room * 0.7) },
      () => new Agent({ keepAlive: true, maxSockets: 1 }),
    );
    for (const agent of agents) expect((await askHttp1(agent)('/')).status).to.equal(200);
    await peer.be('silent');
    const seen = await Promise.all(agents.map((agent) => askHttp1(agent)('/')));
    const outcomes = new Set(seen.map(({ status, code }) => `${status} ${code}`));
    expect([...outcomes]).to.have.members(['503 out-of-descriptors', '504 response-timeout']);
    for (const agent of agents) agent.destroy();
    await peer.be('well');
    await isHealed();
    expect(openFiles(loom.pid)).to.be.below(limit);
  });
});
