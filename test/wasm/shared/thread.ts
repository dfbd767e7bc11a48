import { parentPort, workerData } from 'node:worker_threads';
import { SharedData } from '../../../src/wasm/shared/data.ts';
import { SharedHeap } from '../../../src/wasm/shared/heap.ts';
import { PluginMetrics } from '../../../src/wasm/shared/metrics.ts';
import { SharedQueues } from '../../../src/wasm/shared/queues.ts';
import { holderOf } from '../../../src/wasm/shared/worker-place.ts';
import type { Job } from './threads.ts';

const job = workerData as Job;
const answer = (number: number): void => parentPort?.postMessage(number);
const holder = holderOf(job.worker);

function increment(data: SharedData, key: Buffer, times: number): number {
  let repeats = 0;
  for (let i = 0; i < times; i++) {
    for (;;) {
      // 0 would write over what the other thread has begun.
      const { bytes, cas } = data.get(key) ?? { bytes: Buffer.from('0'), cas: 0xffffffff };
      if (data.set(key, Buffer.from(String(Number(bytes) + 1)), cas) === 'stored') break;
      repeats++;
    }
  }
  return repeats;
}

switch (job.type) {
  case 'echo': {
    const queues = new SharedQueues(job.queues, holder);
    for (let moved = 0; moved < job.messages;) {
      const message = queues.dequeue(job.from);
      if (typeof message === 'string') continue;
      while (queues.enqueue(job.to, message) === 'full');
      moved++;
    }
    answer(job.messages);
    break;
  }
  case 'fill': {
    const queues = new SharedQueues(job.queues, holder);
    for (let i = 0; ; i++) {
      const length = 1 + ((i * 37) % 3000);
      queues.enqueue(job.id, Buffer.alloc(length, length));
      if (i % 3 === 0) queues.dequeue(job.id);
      if (i === 100) answer(i);
    }
  }
  case 'count': {
    const metrics = new PluginMetrics(job.metrics, holder);
    for (let i = 0; i < job.times; i++) {
      metrics.increment(metrics.define(0, Buffer.from(`name ${i % job.names}`)), 1n);
    }
    answer(job.times);
    break;
  }
  case 'define': {
    const metrics = new PluginMetrics(job.metrics, holder);
    for (let i = metrics.read().length; ; i++) {
      metrics.define(0, Buffer.from(`name ${i}`));
      answer(i);
    }
  }
  case 'increment':
    answer(increment(new SharedData(job.data, holder), Buffer.from(job.key), job.times));
    break;
  case 'churn': {
    const data = new SharedData(job.data, holder);
    for (let i = 0; ; i++) {
      data.set(Buffer.from(`churn ${i % job.keys}`), Buffer.alloc((i * 37) % 700, i), 0);
      if (i === 100) answer(i);
    }
  }
  case 'hold': {
    const heap = new SharedHeap(job.data, 0, holder);
    heap.lock();
    for (let size = 16; size < 1000; size *= 2) heap.allocate(size);
    answer(1);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
