import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Cluster } from '../../src/balance/cluster.ts';
import { EndpointSet, type LiveEndpoint } from '../../src/balance/endpoints.ts';
import { endpointCell, SharedState, upstreamCell } from '../../src/balance/shared.ts';
import { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { Upstream } from '../../src/model/upstream.ts';
import type { PlacedEndpoint, PlacedUpstream } from '../../src/runtime/messages.ts';

export function upstream(
  loadBalancer: Upstream['loadBalancer'],
  more: Partial<PlacedUpstream> = {},
): PlacedUpstream {
  const consistentHash = { key: [{ type: 'Header', name: 'key' }], fallback: 'RoundRobin' } as const;
  return {
    id: 'u',
    slot: 0,
    loadBalancer,
    ...(loadBalancer === 'ConsistentHash' && { consistentHash }),
    connectTimeoutMs: 1000,
    ...more,
  };
}

/** Endpoints 10.0.0.0, 10.0.0.1, … with these weights, on slots 0, 1, … */
export function endpoints(...weights: readonly number[]): readonly PlacedEndpoint[] {
  return weights.map((weight, slot) => ({ address: `10.0.0.${slot}`, port: 80, weight, slot }));
}

export function equal(count: number): readonly PlacedEndpoint[] {
  return endpoints(...Array.from({ length: count }, () => 1));
}

export interface World {
  readonly shared: SharedState;
  readonly set: EndpointSet;
  readonly cluster: Cluster;
}

export function world(
  loadBalancer: Upstream['loadBalancer'],
  placed: readonly PlacedEndpoint[],
  random: () => number = seeded(1),
  more: Partial<PlacedUpstream> = {},
): World {
  const shared = new SharedState();
  const set = new EndpointSet(shared);
  set.replace(placed);
  return { shared, set, cluster: new Cluster(upstream(loadBalancer, more), set, shared, random) };
}

/** As the health checker does it. */
export function setHealthy(shared: SharedState, slot: number, healthy: boolean): void {
  Atomics.store(shared.cells, shared.endpoint(slot, endpointCell.unhealthy), healthy ? 0 : 1);
  Atomics.add(shared.cells, shared.upstream(0, upstreamCell.health), 1);
}

/** Throws when there is no endpoint to pick. */
export function picked(cluster: Cluster, skip?: ReadonlySet<LiveEndpoint>): LiveEndpoint {
  const endpoint = cluster.pick(skip);
  if (typeof endpoint === 'string') throw new Error(endpoint);
  return endpoint;
}

/** A request with those parts. */
export function request(
  parts: { headers?: Readonly<Record<string, string>>; path?: string; query?: string; client?: string } = {},
): Exchange {
  const { headers = {}, path = '/', query = '', client = '192.0.2.1' } = parts;
  const wire = { version: '1.1', respond: () => {}, reset: () => {} };
  const head = {
    method: 'GET',
    scheme: 'http',
    authority: 'loom',
    path,
    query,
    headers: new HeaderList(Object.entries(headers).flat()),
  } as const;
  const peer = { address: client, port: 1 };
  return new Exchange(wire, { ...head }, undefined, { listener: 'http', client: peer, local: peer });
}

/** How often each slot was picked. */
export function shares(cluster: Cluster, picks: number, skip?: ReadonlySet<LiveEndpoint>): readonly number[] {
  const counts: number[] = cluster.endpoints.current.map(() => 0);
  for (let i = 0; i < picks; i++) {
    const { slot } = picked(cluster, skip);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}

/** Pearson's statistic against equal shares. */
export function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** mulberry32: uniform in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the threads of racer.ts are told; all begin at the same moment. */
export interface Race {
  readonly shared: SharedArrayBuffer;
  readonly task: 'pick' | 'hold' | 'fail' | 'enter' | 'succeed';
  /** Times that each thread does it. */
  readonly times: number;
  readonly upstream: PlacedUpstream;
  readonly endpoints: readonly PlacedEndpoint[];
}

/** Runs the task on real threads over the shared state. @returns what each of them counted. */
export async function race(
  threads: number,
  shared: SharedState,
  rest: Omit<Race, 'shared'>,
): Promise<readonly (readonly number[])[]> {
  const gate = new SharedArrayBuffer(8);
  const cells = new Int32Array(gate);
  const workers = Array.from(
    { length: threads },
    () =>
      new Worker(new URL('./racer.ts', import.meta.url), {
        workerData: { ...rest, shared: shared.buffer, gate },
      }),
  );
  const results = workers.map((worker) =>
    once(worker, 'message').then(([counts]) => counts as readonly number[]),
  );
  const exits = workers.map((worker) => once(worker, 'exit'));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  for (let ready = Atomics.load(cells, 0); ready < threads; ready = Atomics.load(cells, 0)) {
    const changed = Atomics.waitAsync(cells, 0, ready, 10_000);
    if (changed.async && (await changed.value) === 'timed-out')
      throw new Error('a thread did not come to the start');
  }
  Atomics.store(cells, 1, 1);
  Atomics.notify(cells, 1);
  const counts = await Promise.all(results);
  await Promise.all(exits);
  return counts;
}
