import { Agent } from 'node:http';
import { expect } from 'chai';
import { eventually } from '../../support/wait.ts';
import { askGrpc, askHttp1, type Seen } from './clients.ts';
import { Load } from './load.ts';
import { Loom } from './loom.ts';
import { startPeer, type Peer } from './peer.ts';

/** So long behind the moment when Loom knows of it, hardly anybody may notice. */
const settledMs = 3000;
const mostFailed = 0.001;
const enough = 1200;
/** Fewer than the retry budget lets through by default: all of them may wait for the endpoint that dies. */
const clients = 8;

interface Case {
  readonly title: string;
  readonly wire: 'http1' | 'http2';
  /** How many of the four. */
  readonly dead: number;
  /** SIGKILL: their machines refuse. SIGSTOP: they take connections, and say nothing. */
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly rule: string;
  readonly upstream: string;
  /** From the first moment on. */
  readonly isPerfect: boolean;
}

const noRetries = 'retries: { attempts: 0 }';
const retries =
  'retries: { causes: [connect_failure, reset, timeout], budget: { percent: 100, floor: 100 } }';
// A machine that stands still for some seconds is not to look like an endpoint that is silent.
const perTry = 'timeouts: { per_try: 5s }';
const checks =
  'health_check: { path: /, interval: 200ms, timeout: 5s, unhealthy_threshold: 1, healthy_threshold: 1 }';
const ejection = 'outlier_detection: { consecutive_errors: 3, ejection_time: 1m, max_ejection_percent: 100 }';

const killed = { wire: 'http1', dead: 1, signal: 'SIGKILL' } as const;
const stopped = { wire: 'http1', dead: 1, signal: 'SIGSTOP' } as const;
const cases: readonly Case[] = [
  { ...killed, title: 'health checks, no retries', rule: noRetries, upstream: checks, isPerfect: false },
  { ...killed, title: 'ejection, no retries', rule: noRetries, upstream: ejection, isPerfect: false },
  {
    ...stopped,
    title: 'health checks, no retries',
    rule: `${noRetries}, ${perTry}`,
    upstream: checks,
    isPerfect: false,
  },
  {
    ...stopped,
    title: 'retries, and ejection',
    rule: `${retries}, ${perTry}`,
    upstream: ejection,
    isPerfect: true,
  },
  { ...killed, title: 'nothing configured', rule: '', upstream: '', isPerfect: true },
  {
    ...killed,
    dead: 2,
    title: 'retries, and health checks',
    rule: retries,
    upstream: checks,
    isPerfect: true,
  },
  { ...killed, wire: 'http2', title: 'gRPC, nothing configured', rule: '', upstream: '', isPerfect: false },
];

const addresses = {
  http1: ['10.78.0.11', '10.78.0.12', '10.78.0.13', '10.78.0.14'],
  http2: ['10.78.0.21', '10.78.0.22', '10.78.0.23', '10.78.0.24'],
} as const;

const routeOf = ({ wire, rule }: Case, i: number): string => {
  const path = wire === 'http1' ? `/case-${i}` : `/test.Case${i}/*`;
  return `  - { id: case-${i}, path: ${path}, upstream: u${i}${rule && `, ${rule}`} }`;
};
const upstreamOf = ({ wire, upstream }: Case, i: number): string => {
  const endpoints = addresses[wire].map((address) => `"${address}:8080"`).join(', ');
  const protocol = wire === 'http2' ? ', protocol: grpc' : '';
  return `  - { name: u${i}, endpoints: [${endpoints}]${protocol}${upstream && `, ${upstream}`} }`;
};

describe('under load, of four endpoints', () => {
  const peers = new Map<string, Peer>();
  const loom = new Loom(`
access_log: false
routes:
${cases.map(routeOf).join('\n')}
upstreams:
${cases.map(upstreamOf).join('\n')}
`);
  const start = async (wire: Case['wire']): Promise<void> => {
    for (const address of addresses[wire]) {
      const { child } = peers.get(address) ?? {};
      if (child && child.exitCode === null && child.signalCode === null) continue;
      peers.set(address, await startPeer(wire, address));
    }
  };
  before(async () => {
    await start('http1');
    await start('http2');
    await loom.start();
  });
  after(async () => {
    await loom.remove();
    for (const peer of peers.values()) await peer.kill();
  });

  /** Endpoints that requests are given to. */
  const usable = async (i: number): Promise<number> => {
    const { endpoints } = (await loom.json(`/upstreams/u${i}`)) as {
      endpoints: { healthy: boolean; ejectedUntil?: unknown }[];
    };
    return endpoints.filter(({ healthy, ejectedUntil }) => healthy && !ejectedUntil).length;
  };
  const isServed = ({ status, grpcStatus, complete }: Seen): boolean =>
    status === 200 && complete && (grpcStatus === '' || grpcStatus === '0');

  for (const [i, { title, wire, dead, signal, isPerfect }] of cases.entries()) {
    it(`${dead} ${signal === 'SIGKILL' ? 'refusing' : 'silent'}; ${title}`, async () => {
      await start(wire);
      const agent = new Agent({ keepAlive: true });
      const load =
        wire === 'http1'
          ? new Load(askHttp1(agent), `/case-${i}`, clients, isServed)
          : new Load(askGrpc, `/test.Case${i}/Say`, clients, isServed);
      await eventually('all are in use', () => load.answers.length > 200, 60);
      expect(load.failures).to.deep.equal([]);
      load.mark();
      const victims = addresses[wire].slice(0, dead).map((address) => peers.get(address) as Peer);
      for (const { child } of victims) child.kill(signal);
      const { upstream } = cases[i] as Case;
      // Without either it knows by the connections, which have ended.
      if (upstream !== '') await eventually('Loom knows', async () => (await usable(i)) === 4 - dead, 60);
      const known = load.now + settledMs;
      await eventually('enough has been asked', () => load.since(known).all >= enough, 100);
      await load.stop();
      agent.destroy();
      if (signal === 'SIGSTOP') for (const { child } of victims) child.kill('SIGCONT');
      const { all, failed } = load.since(known);
      expect(failed / all, JSON.stringify(load.failures.slice(-5))).to.be.at.most(mostFailed);
      if (isPerfect) expect(load.failures).to.deep.equal([]);
      if (!title.includes('health checks')) return;
      await start(wire);
      await eventually('those that are back are used again', async () => (await usable(i)) === 4, 60);
    });
  }
});
