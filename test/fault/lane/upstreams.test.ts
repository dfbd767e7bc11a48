import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { askGrpc, askHttp1, askHttp2, type Ask, type Seen } from './clients.ts';
import { Loom } from './loom.ts';
import { startPeer, type Peer } from './peer.ts';
import { rowOf, upstreamFaults, type When } from './upstream-faults.ts';

/** Long enough to be told from at once, in milliseconds. */
const limits: Readonly<Record<When, number>> = {
  'at once': 0,
  '`connect_timeout`': 400,
  '`timeouts.response`': 400,
  '`timeouts.idle`': 400,
  // It begins before the head, which must have come when it ends.
  '`grpc-timeout`': 4000,
};
/** Where these are limits, and no others. */
const limitedPaths: Partial<Record<When, string>> = {
  '`timeouts.response`': '/limited',
  '`timeouts.idle`': '/idle',
};
/** For a machine with much else to do; less than any limit that is not said here. */
const graceMs = 10_000;

const config = (http: string, grpc: string): string => `
routes:
  - { id: http, path: /*, upstream: http }
  - { id: limited, path: /limited, upstream: http, timeouts: { response: 400ms } }
  - { id: idle, path: /idle, upstream: http, timeouts: { idle: 400ms } }
  - { id: gone, path: /gone, upstream: gone }
  - { id: grpc, path: /test.Peer/*, upstream: grpc }
  - { id: grpc-gone, path: /test.Gone/*, upstream: grpc-gone }
upstreams:
  - { name: http, endpoints: ["${http}"], connect_timeout: 1m }
  - { name: gone, endpoints: ["10.79.0.9:80"], connect_timeout: 400ms }
  - { name: grpc, endpoints: ["${grpc}"], protocol: grpc, connect_timeout: 1m }
  - { name: grpc-gone, endpoints: ["10.79.0.9:80"], protocol: grpc, connect_timeout: 400ms }
`;

describe('an upstream that', () => {
  let loom: Loom;
  const peers: Peer[] = [];
  before(async () => {
    peers.push(await startPeer('http1', '10.78.0.2'), await startPeer('http2', '10.78.0.3'));
    loom = new Loom(config(peers[0]?.authority ?? '', peers[1]?.authority ?? ''));
    await loom.start();
  });
  after(async () => {
    for (const peer of peers) await peer.kill();
    await loom.remove();
  });

  /** Whether the peer ends its connections when it is told to be so, and not only when it is asked. */
  const hangsUp = (mode: string | undefined, kind: 'http' | 'grpc'): boolean =>
    mode === 'refuse' || (mode === 'garbage' && kind === 'grpc');
  /** Loom has heard of their end: a call on one of them would be another fault. */
  const hasNoConnection = (upstream: string): Promise<boolean> =>
    eventually('Loom has no connection to the peer', async () => {
      const { pool } = (await loom.json(`/upstreams/${upstream}`)) as { pool: { open: number } };
      return pool.open === 0;
    });
  /** What the page says of it. */
  const outcome = ({ status, code, grpcStatus, complete }: Seen): string => {
    if (!complete) return `${status}, cut`;
    if (code === '') return String(status);
    return `${grpcStatus || status} \`${code}\``;
  };
  const clients: readonly [string, Ask, 'http' | 'grpc'][] = [
    ['HTTP/1.1', askHttp1(), 'http'],
    ['HTTP/2', askHttp2(), 'http'],
    ['gRPC', askGrpc, 'grpc'],
  ];

  for (const fault of upstreamFaults) {
    for (const [name, ask, kind] of clients) {
      const [expected, when] = fault[kind];
      it(`${fault.fault}: ${name} sees ${expected}, ${when}`, async () => {
        const peer = peers[kind === 'http' ? 0 : 1];
        const path = kind === 'grpc' ? '/test.Peer/Say' : '/';
        // As a client that goes on: what the peer was before must not show.
        expect(outcome(await ask(path))).to.equal('200');
        await peer?.be(fault.mode ?? 'well');
        if (hangsUp(fault.mode, kind)) await hasNoConnection(kind);
        const wanted = fault.mode ? path : kind === 'grpc' ? '/test.Gone/Say' : '/gone';
        // Where nothing is to be late, a busy machine must not make it so.
        const limited = (wanted === '/' && limitedPaths[when]) || wanted;
        const deadline = when === '`grpc-timeout`' ? { 'grpc-timeout': `${limits[when]}m` } : {};
        const seen = await ask(limited, deadline);
        expect(outcome(seen)).to.equal(expected);
        // Clocks of two processes, in whole milliseconds.
        expect(seen.ms).to.be.within(limits[when] - 5, limits[when] + graceMs);
        await peer?.be('well');
        expect(outcome(await ask(path)), 'the next request').to.equal('200');
      });
    }
  }

  it('flaps every 200 ms: fails only while it is away, and is used as soon as it is back', async () => {
    const [peer] = peers;
    await peer?.be('flap');
    const seen = new Set<string>();
    await eventually('both were seen', async () => {
      seen.add(outcome(await askHttp1()('/')));
      return seen.has('200') && seen.has('502 `connect-failed`');
    });
    // A connection may end between the request and its answer, too; and in between there is nobody.
    expect(['200', '502 `connect-failed`', '502 `upstream-reset`']).to.include.members([...seen]);
    await peer?.be('well');
    for (let i = 0; i < 20; i++) expect(outcome(await askHttp1()('/'))).to.equal('200');
  });

  it('is each a row of the page', () => {
    const page = readFileSync('docs/faults.md', 'utf8');
    const rows = upstreamFaults.map(rowOf);
    expect(rows.filter((row) => !page.includes(row))).to.deep.equal([]);
  });
});
