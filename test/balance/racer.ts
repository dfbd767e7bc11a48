import { parentPort, workerData } from 'node:worker_threads';
import { refused } from '../../src/balance/breaker.ts';
import { Cluster } from '../../src/balance/cluster.ts';
import { EndpointSet } from '../../src/balance/endpoints.ts';
import { SharedState } from '../../src/balance/shared.ts';
import { picked, type Race } from './world.ts';

/** One thread of `race`: builds its own cluster over the shared state, as a data worker does, waits for the gate, runs. */
const { shared, gate, task, times, upstream, endpoints } = workerData as Race & { gate: SharedArrayBuffer };
const state = new SharedState(shared);
const set = new EndpointSet(state);
set.replace(endpoints);
const cluster = new Cluster(upstream, set, state);
const counts = endpoints.map(() => 0);

const tasks: Record<Race['task'], () => void> = {
  pick: () => count(picked(cluster).slot),
  hold: () => {
    const endpoint = picked(cluster);
    endpoint.begin();
    count(endpoint.slot);
  },
  fail: () => cluster.breaker?.failure(),
  enter: () => {
    if (cluster.breaker && cluster.breaker.enter() !== refused) count(0);
  },
  succeed: () => cluster.breaker?.success(),
};

const cells = new Int32Array(gate);
Atomics.add(cells, 0, 1);
Atomics.notify(cells, 0);
Atomics.wait(cells, 1, 0);
for (let i = 0; i < times; i++) tasks[task]();
parentPort?.postMessage(counts);

function count(slot: number): void {
  counts[slot] = (counts[slot] ?? 0) + 1;
}
