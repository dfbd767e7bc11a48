import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runLoad } from './load.ts';
import { startPinned, type Pinned } from './process.ts';

/** The gateway under test has a core of its own; the load and the origin share the other. */
export const proxyCore = 0;
export const loadCore = 1;

/** What one run of one gateway gave. */
export interface Row {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
}

export interface Effort {
  /** Seconds of load before and while it is measured. */
  readonly warmup: number;
  readonly seconds: number;
  readonly connections: number;
}

/** A bound port says little: the first configuration may still be on its way. */
export async function answering(url: string, within = 30): Promise<void> {
  const deadline = performance.now() + within * 1000;
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer with 200`);
    await setTimeout(50);
  }
}

export function startOrigin(folder: string, port: number): Pinned {
  const conf = join(folder, 'origin.conf');
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; pid ${folder}/origin.pid; error_log ${folder}/origin.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; server { listen 127.0.0.1:${port}; location / { return 200 "${'x'.repeat(1024)}"; } } }`,
  );
  return startPinned(loadCore, '/usr/sbin/nginx', ['-c', conf, '-p', folder], folder);
}

/** Starts a gateway, warms it, and counts the CPU time of its processes while it answers requests for `url`. */
export async function measure(
  command: readonly [string, readonly string[]],
  folder: string,
  url: string,
  { warmup, seconds, connections }: Effort,
): Promise<Row> {
  const running = startPinned(proxyCore, command[0], command[1], folder);
  try {
    await answering(url);
    // How many requests fill a time is found out first; compilers behind a gateway need seconds of load to settle.
    const first = 2000;
    const cold = first / runLoad(loadCore, folder, url, { requests: first, connections }).seconds;
    const warming = Math.ceil(cold * warmup);
    const warm = warming / runLoad(loadCore, folder, url, { requests: warming, connections }).seconds;
    const requests = Math.ceil(warm * seconds);
    const before = running.cpuSeconds();
    const load = runLoad(loadCore, folder, url, { requests, connections });
    const cpuMicros = ((running.cpuSeconds() - before) * 1e6) / requests;
    const perSecond = requests / load.seconds;
    return { cpuMicros, perSecond, p50Ms: load.p50Ms, p99Ms: load.p99Ms, rssMiB: running.rssMiB() };
  } finally {
    await running.stop();
  }
}

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
