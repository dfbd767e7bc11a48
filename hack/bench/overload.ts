/**
 * Goodput beyond capacity: answers with 200 within a second, where more is asked than can be done, with and without shedding.
 *   npm run bench:overload [-- --seconds 10] [--times 1,2,3,5] [--route computing|passing]
 * One data worker on core 0, clients on the last core. `computing`: a plugin takes some milliseconds for each request; `passing`:
 * requests are passed on, which needs a machine with cores to spare for the clients and the upstream. Needs taskset.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { freePort } from '../../test/support/free-port.ts';
import { startPinned } from './process.ts';

interface Outcome {
  readonly asked: number;
  readonly good: number;
  readonly shed: number;
  readonly failed: number;
  readonly late: number;
  readonly highAsked: number;
  readonly highGood: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '1,2,3,5' },
    route: { type: 'string', default: 'computing' },
  },
});
const seconds = Number(values.seconds);
const port = await freePort();
const scripted = `${process.cwd()}/test/wasm/guests/build/scripted.wasm`;

async function client(mode: 'closed' | 'open', amount: number): Promise<Outcome> {
  const core = String(availableParallelism() - 1);
  const args = ['-c', core, process.execPath, `${import.meta.dirname}/overload/client.ts`];
  const { stdout } = await promisify(execFile)('taskset', [
    ...args,
    ...[port, seconds, mode, amount].map(String),
  ]);
  return JSON.parse(stdout) as Outcome;
}

const config = (upstream: number, loopDelay: string): string => {
  const rest =
    values.route === 'computing'
      ? 'direct_response: { status: 200, body: ok }, plugins: [computing]'
      : 'upstream: origin';
  return `
listeners: [{ name: http, address: "127.0.0.1:${port}" }]
admin: { enabled: false }
workers: 1
access_log: false
drain: { delay: 0s, timeout: 0s }
overload: { loop_delay: ${loopDelay} }
routes:
  - { id: normal, path: /normal, ${rest} }
  - { id: high, path: /high, priority: high, ${rest} }
upstreams: [{ name: origin, endpoints: ["127.0.0.1:${upstream}"] }]
plugins: [{ name: computing, path: ${scripted}, config: "request_headers:toil", limits: { callback_cpu: 10s, request_cpu: 10s } }]
`;
};

async function answering(): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const ok = await fetch(`http://127.0.0.1:${port}/normal`).then(
      ({ ok: is }) => is,
      () => false,
    );
    if (ok) return;
    await setTimeout(100);
  }
  throw new Error('Loom does not answer');
}

const folder = mkdtempSync(join(tmpdir(), 'loom-bench-'));
const origin = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
await once(origin, 'listening');
try {
  for (const [name, loopDelay] of [
    ['shedding', '200ms'],
    ['not shedding', '0s'],
  ] as const) {
    const file = join(folder, 'loom.yaml');
    writeFileSync(file, config((origin.address() as AddressInfo).port, loopDelay));
    const loom = startPinned(
      0,
      process.execPath,
      [join(process.cwd(), 'src/main.ts'), 'serve', file],
      folder,
    );
    try {
      await answering();
      await client('closed', 4);
      const { good } = await client('closed', 4);
      const capacity = good / seconds;
      console.log(`${values.route}, ${name}: capacity ${Math.round(capacity)} requests a second`);
      for (const times of values.times.split(',').map(Number)) {
        const seen = await client('open', capacity * times);
        const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;
        console.log(
          `  ${times} times that: goodput ${percent(seen.good, good)}, of high priority ${percent(seen.highGood, seen.highAsked)} served, ` +
            `${seen.shed} shed, ${seen.late} late, ${seen.failed} failed, p50 ${seen.p50Ms} ms, p99 ${seen.p99Ms} ms`,
        );
      }
    } finally {
      await loom.stop();
    }
  }
} finally {
  origin.close();
  rmSync(folder, { recursive: true, force: true });
}
