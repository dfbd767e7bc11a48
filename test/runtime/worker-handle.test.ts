import { expect } from 'chai';
import type { WorkerData } from '../../src/runtime/messages.ts';
import { WorkerHandle } from '../../src/runtime/worker-handle.ts';

/** Tells its log once, and ends when it is asked again. */
const forgetful = `
const { parentPort } = require('node:worker_threads');
parentPort.once('message', ({ id }) => {
  parentPort.postMessage({ type: 'recalled', id, text: 'a line\\n' });
  parentPort.once('message', () => process.exit());
});
`;

describe('WorkerHandle', () => {
  it('has the log of its worker only from its worker, and none where that ends', async () => {
    const ended = Promise.withResolvers<void>();
    const worker = new WorkerHandle(forgetful, { worker: 0 } as WorkerData, {
      applied: () => undefined,
      diagnosed: () => undefined,
      ended: () => ended.resolve(),
    });
    expect(await worker.recall()).to.equal('a line\n');
    expect(await worker.recall()).to.equal('');
    await ended.promise;
  });
});
