import { Cluster } from '../../src/balance/cluster.ts';
import { EndpointSet } from '../../src/balance/endpoints.ts';
import { policies } from '../../src/balance/policies/registry.ts';
import { SharedState } from '../../src/balance/shared.ts';
import type { Upstream } from '../../src/model/model.ts';

/** Prints what one pick costs, by policy and size of the set, and what building the picker costs. `node hack/bench/pick.ts` */
const picks = 1_000_000;
const sizes = [1, 4, 16, 32, 33, 128, 1024];
const shared = new SharedState();

console.log(
  'policy'.padEnd(14),
  ...sizes.map((size) => `${size}`.padStart(9)),
  '  ns per pick, by endpoints',
);
for (const loadBalancer of Object.keys(policies) as Upstream['loadBalancer'][]) {
  const pickNs: string[] = [];
  const buildUs: string[] = [];
  for (const size of sizes) {
    const set = new EndpointSet(shared);
    const placed = Array.from({ length: size }, (_, i) => ({
      address: '10.0.0.1',
      port: 1 + i,
      weight: 1 + (i % 7),
      slot: i,
    }));
    set.replace(placed);
    const cluster = new Cluster({ id: 'bench', loadBalancer, connectTimeoutMs: 1000, slot: 0 }, set, shared);
    pickNs.push(
      time(picks, () => {
        const endpoint = cluster.pick();
        if (typeof endpoint !== 'string') {
          endpoint.begin();
          endpoint.end();
        }
      }),
    );
    const { current } = set;
    buildUs.push((Number(time(200, () => policies[loadBalancer].build(current, {}))) / 1000).toFixed(1));
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
