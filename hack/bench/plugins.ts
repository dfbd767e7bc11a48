import { parseArgs } from 'node:util';
import { calls } from './plugins/calls.ts';
import { concurrency } from './plugins/concurrency.ts';
import { exampleRows } from './plugins/examples.ts';
import { instances } from './plugins/instances.ts';
import { memoryLimit } from './plugins/memory-limit.ts';
import { messages } from './plugins/message.ts';
import { stop } from './plugins/worker.ts';

/**
 * What plugins cost, through the host code of production: `npm run bench:plugins [-- --scale 0.2 --only messages]`. Figures of
 * one run belong together; on a busy machine read the ratios.
 */
const sections = { messages, instances, concurrency, memoryLimit, calls, examples: exampleRows } as const;

const { values } = parseArgs({
  options: { scale: { type: 'string', default: '1' }, only: { type: 'string' } },
});
for (const [name, run] of Object.entries(sections)) {
  if (!values.only || values.only.split(',').includes(name)) await run(Number(values.scale));
}
await stop();
