/**
 * How Loom scales: data workers, idle connections, and bodies that are larger than memory should be.
 *   npm run bench:scale [-- --only workers,idle,bodies]
 * Needs nginx, h2load, and 11,000 file descriptors (`ulimit -n`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { answering, startOrigin } from './measure.ts';
import { bodies } from './scale/bodies.ts';
import { idle } from './scale/idle.ts';
import { workers } from './scale/workers.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'loom-bench-'));
const [originPort, port] = [18_960, 18_961];
const origin = startOrigin(folder, originPort);
try {
  await answering(folder, `http://127.0.0.1:${originPort}/`, ['--h1']);
  for (const [name, run] of Object.entries({ workers, idle, bodies })) {
    if (!values.only || values.only.split(',').includes(name)) await run(folder, port, originPort);
  }
} finally {
  await origin.stop();
  rmSync(folder, { recursive: true, force: true });
}
