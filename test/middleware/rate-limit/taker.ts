import { parentPort, workerData } from 'node:worker_threads';
import { BucketTable } from '../../../src/middleware/rate-limit/bucket-table.ts';
import { KeyHash } from '../../../src/middleware/rate-limit/key-hash.ts';

/** What one thread of a race does: waits for the gate, then takes from `keys` buckets in turn until there is nothing left. */
export interface Taking {
  readonly buffer: SharedArrayBuffer;
  readonly gate: SharedArrayBuffer;
  readonly times: number;
  readonly keys: number;
  readonly interval: number;
  readonly capacity: number;
}

const { buffer, gate, times, keys, interval, capacity } = workerData as Taking;
const table = new BucketTable(buffer);
const hash = new KeyHash(...table.secret);
const cells = new Int32Array(gate);
Atomics.add(cells, 0, 1);
Atomics.notify(cells, 0);
Atomics.wait(cells, 1, 0);
let now = 0;
let granted = 0;
// To the first refusal after that many: what came back while no thread ran is to be taken too.
for (let i = 0, refused = false; i < times || !refused; i++) {
  hash.update(`key ${i % keys}`);
  now = table.now();
  refused = table.take(hash, interval, capacity, now) < 0;
  if (!refused) granted++;
}
parentPort?.postMessage({ granted, ended: now });
