import { expect } from 'chai';
import { stringify } from 'yaml';
import { readFiles } from '../../src/cli/configuration.ts';
import { explain } from '../../src/explain/explain.ts';
import type { Candidate, Explanation } from '../../src/explain/explanation.ts';
import { Random } from '../fuzz/random.ts';
import { startBackend, type Backend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { startWorld, type World } from '../support/world.ts';

const configs = Number(process.env['LOOM_EXPLAIN_CONFIGS'] ?? 6);
const requestsPerConfig = 15;
const here = 'a';

interface Upstream {
  readonly name: string;
  readonly load_balancer: string;
  readonly zone_preference: 'off' | 'same_zone';
  readonly endpoints: readonly Required<
    Pick<Candidate, 'address' | 'port' | 'weight' | 'priority' | 'zone'>
  >[];
  readonly health_check?: object;
}

/** Of any of the ports, one at least. `panic_threshold: 0`: what is unhealthy gets nothing, however many are. */
function randomUpstream(random: Random, name: string, ports: readonly number[]): Upstream {
  const first = random.of(ports);
  const endpoints = ports
    .filter((port) => port === first || random.chance(50))
    .map((port) => ({
      address: '127.0.0.1',
      port,
      weight: random.below(3),
      priority: random.below(2),
      zone: random.of([here, 'b']),
    }));
  const load_balancer = random.of(['round_robin', 'weighted', 'least_conn', 'random', 'consistent_hash']);
  return {
    name,
    load_balancer,
    ...(load_balancer === 'consistent_hash' && { consistent_hash: { key: ['path'] } }),
    zone_preference: random.of(['off', 'same_zone']),
    panic_threshold: 0,
    endpoints,
    ...(random.chance(70) && {
      health_check: { path: '/health', interval: '200ms', healthy_threshold: 1, unhealthy_threshold: 1 },
    }),
  } as Upstream;
}

/** Of the candidates that an explanation names those that get requests, as docs/load-balancing.md tells it. */
function taking(
  { load_balancer, zone_preference }: Upstream,
  all: readonly Candidate[],
): readonly Candidate[] {
  const byWeight = load_balancer === 'weighted' || load_balancer === 'consistent_hash';
  const groups = new Map<number, Candidate[]>();
  for (const one of all) {
    if (byWeight && one.weight === 0) continue;
    const isFar = zone_preference === 'same_zone' && one.zone !== here;
    const rank = 2 * (one.priority ?? 0) + Number(isFar);
    groups.set(rank, [...(groups.get(rank) ?? []), one]);
  }
  const reached: Candidate[] = [];
  let capacity = 0;
  for (const [, group] of [...groups].toSorted(([a], [b]) => a - b)) {
    const healthy = group.filter((one) => one.healthy);
    if (capacity < 100) reached.push(...healthy);
    capacity += Math.min(100, (140 * healthy.length) / group.length);
  }
  return reached;
}

describe('the endpoints that explain names', () => {
  const backends: Backend[] = [];
  const sick = new Set<number>();
  let world: World;

  before(async () => {
    for (let i = 0; i < 6; i++) {
      const backend: Backend = await startBackend(({ url }, response) => {
        response.statusCode = url === '/health' && sick.has(backend.port) ? 500 : 200;
        response.end(String(backend.port));
      });
      backends.push(backend);
    }
    world = await startWorld(`zone: ${here}`);
  });
  after(async () => {
    await world?.stop('SIGKILL');
    for (const backend of backends) await backend.close();
  });

  const ask = async (target: string): Promise<Explanation> =>
    (await world.getJson(`/explain?url=${encodeURIComponent(world.url + target)}`)) as unknown as Explanation;
  const candidates = (told: Explanation): readonly Candidate[] =>
    told.taken?.backends.flatMap(({ endpoints }) => endpoints) ?? [];
  const portsOf = (list: readonly Candidate[]): readonly number[] =>
    list.map(({ port }) => port).toSorted((a, b) => a - b);

  it('are those that serve, and nothing else does, for any configuration', async function () {
    this.timeout(120_000);
    const seed = Number(process.env['LOOM_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    let [served, leftOut] = [0, 0];
    for (let i = 0; i < configs; i++) {
      const random = new Random(seed + i);
      const ports = backends.map(({ port }) => port);
      const upstreams = ['u0', 'u1', 'u2'].map((name) => randomUpstream(random, name, ports));
      const routes = upstreams.map(({ name }, n) => {
        const other = upstreams[(n + 1) % upstreams.length];
        return {
          id: name,
          path: `/${name}/*`,
          upstreams: { [name]: 2, ...(other && { [other.name]: random.below(2) }) },
        };
      });
      sick.clear();
      for (const port of ports) if (random.chance(40)) sick.add(port);
      await world.edit(stringify({ zone: here, routes, upstreams }));

      /** Of each upstream that the request may go to the endpoints that get it. */
      const reachable = (told: Explanation): readonly (readonly Candidate[])[] =>
        (told.taken?.backends ?? []).map(({ upstream, endpoints }) =>
          taking(upstreams.find(({ name }) => name === upstream) as Upstream, endpoints),
        );
      await eventually('the health that there is', async () => {
        const all = await Promise.all(upstreams.map(({ name }) => ask(`/${name}/`)));
        return all.every((told) =>
          told.taken?.backends.every(({ upstream, endpoints }) => {
            const isChecked = upstreams.find(({ name }) => name === upstream)?.health_check !== undefined;
            return endpoints.every(({ port, healthy }) => healthy === !(isChecked && sick.has(port)));
          }),
        );
      });
      const { model, settings } = readFiles(`${world.folder}/loom.yaml`);
      for (let n = 0; n < requestsPerConfig; n++) {
        const target = `/${random.of(upstreams).name}/${n}`;
        const where = `seed ${seed + i}, ${target}`;
        // Before and after: on a busy machine a probe may have come too late in between.
        const before = await ask(target);
        const response = await fetch(world.url + target, { headers: { connection: 'close' } });
        const body = await response.text();
        const after = await ask(target);
        const may = [...reachable(before), ...reachable(after)];
        leftOut += candidates(before).length - reachable(before).flat().length;
        if (response.status === 200) {
          served++;
          expect(portsOf(candidates(before)), where).to.include(Number(body));
          expect(portsOf(may.flat()), where).to.include(Number(body));
        } else {
          expect(response.status, where).to.equal(503);
          expect(
            may.some((endpoints) => endpoints.length === 0),
            `${where}: ${body}`,
          ).to.equal(true);
        }
        const question = { method: 'GET', url: world.url + target, headers: [], client: '127.0.0.1' };
        const ofFile = await explain({ model, settings }, question);
        expect(portsOf(candidates(ofFile)), where).to.deep.equal(portsOf(candidates(before)));
      }
    }
    expect(served, 'requests with an answer').to.be.above(configs * 5);
    expect(leftOut, 'endpoints that are named and get nothing').to.be.above(configs);
  });
});
