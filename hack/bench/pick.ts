import { Cluster } from '../../src/balance/cluster.ts';
import { EndpointSet } from '../../src/balance/endpoints.ts';
import { policies } from '../../src/balance/policies/registry.ts';
import { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { SharedState } from '../../src/balance/shared.ts';
import type { Upstream } from '../../src/model/upstream.ts';

/** Prints what one pick costs, by policy and size of the set, and what building the picker costs. `node hack/bench/pick.ts` */
const picks = 1_000_000;
const sizes = [1, 4, 16, 32, 33, 128, 1024];
const shared = new SharedState();
const peer = { address: '192.0.2.1', port: 1 };
const head = { method: 'GET', scheme: 'http', authority: 'a', path: '/a/path', query: '' } as const;
const exchange = new Exchange(
  { version: '1.1', respond: () => {}, reset: () => {} },
  { ...head, headers: new HeaderList(['cookie', 'other=1; sid=0123456789abcdef', 'x-user', 'somebody']) },
  undefined,
  { listener: 'http', client: peer, local: peer },
);
const consistentHash = {
  key: [
    { type: 'Header', name: 'x-user' },
    { type: 'Cookie', name: 'sid' },
  ],
  fallback: 'Random',
} as const;

console.log(
  'policy'.padEnd(14),
  ...sizes.map((size) => `${size}`.padStart(9)),
  '  ns per pick, by endpoints',
);
for (const loadBalancer of Object.keys(policies) as Upstream['loadBalancer'][]) {
  const pickNs: string[] = [];
  const buildUs: string[] = [];
  const upstream = { id: 'bench', loadBalancer, consistentHash, connectTimeoutMs: 1000, slot: 0 };
  // The table of consistent hashing takes milliseconds.
  const rounds = loadBalancer === 'ConsistentHash' ? 3 : 200;
  for (const size of sizes) {
    const set = new EndpointSet(shared);
    const placed = Array.from({ length: size }, (_, i) => ({
      address: '10.0.0.1',
      port: 1 + i,
      weight: 1 + (i % 7),
      slot: i,
    }));
    set.replace(placed);
    const cluster = new Cluster(upstream, set, shared);
    pickNs.push(
      time(picks, () => {
        const endpoint = cluster.pick(undefined, exchange);
        if (typeof endpoint !== 'string') {
          endpoint.begin();
          endpoint.end();
        }
      }),
    );
    const { current } = set;
    buildUs.push(
      (Number(time(rounds, () => policies[loadBalancer].build(current, { consistentHash }))) / 1000).toFixed(
        1,
      ),
    );
  }
  console.log(loadBalancer.padEnd(14), ...pickNs.map((ns) => ns.padStart(9)));
  console.log('  build, us'.padEnd(14), ...buildUs.map((us) => us.padStart(9)));
}

/** Best of 5, in ns per call. */
function time(count: number, call: () => void): string {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < count; i++) call();
    best = Math.min(best, Number(process.hrtime.bigint() - began) / count);
  }
  return best.toFixed(1);
}
