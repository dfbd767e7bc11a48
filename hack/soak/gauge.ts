import { appendFileSync } from 'node:fs';
import { isMainThread, threadId } from 'node:worker_threads';

/**
 * Loaded into each thread of Loom before anything else (`--import`): says every few seconds what the thread holds, behind a
 * garbage collection, so that what is left is held by somebody.
 */
const everyMs = 5000;
const file = process.env['LOOM_SOAK_SAMPLES'];
const { gc } = globalThis as { gc?: () => void };

if (file && gc) {
  setInterval(() => {
    gc();
    const { heapUsed, external } = process.memoryUsage();
    const resources = process.getActiveResourcesInfo().length;
    const thread = isMainThread ? 0 : threadId;
    appendFileSync(file, `${JSON.stringify({ thread, at: Date.now(), heapUsed, external, resources })}\n`);
  }, everyMs).unref();
}
