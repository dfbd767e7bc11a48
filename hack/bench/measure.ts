import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runLoad } from './load.ts';
import { startPinned, type Pinned } from './process.ts';

/** The gateway under test has a core of its own; the load and the origin share the other. */
export const proxyCore = 0;
export const loadCore = 1;

/** On a busy machine seconds say little of what compilers have seen. */
const warmRequests = 60_000;

/** What one round of one gateway gave. */
export interface Row {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
}

export interface Effort {
  /** Seconds of load before it is measured, and of a round. */
  readonly warmup: number;
  readonly seconds: number;
  /** Of h2load. */
  readonly options: readonly string[];
  readonly connections: number;
  /** Of the rate that the gateway reached while it was warmed; 1 is as fast as it can. */
  readonly share?: number;
}

/** What `path` on the origin answers with. */
export const paths = { '1 KB': 'item', '64 KB': 'large', '10 MB': 'huge' } as const;

/** A bound port says little: the first configuration may still be on its way. */
export async function answering(
  folder: string,
  url: string,
  options: readonly string[],
  within = 30,
): Promise<void> {
  const deadline = performance.now() + within * 1000;
  for (;;) {
    try {
      runLoad(loadCore, folder, url, { options: [...options, '-c1', '-m1'], requests: 1 });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${url} does not answer with 200`, { cause: error });
      await setTimeout(100);
    }
  }
}

/** nginx: 1 KB for every path but those of the large files. It reads bodies and forgets them. */
export function startOrigin(folder: string, port: number): Pinned {
  const conf = join(folder, 'origin.conf');
  // The worker is nobody, and reads the large files.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, paths['64 KB']), 'x'.repeat(65_536));
  writeFileSync(join(folder, paths['10 MB']), 'x'.repeat(10_000_000));
  const files = [paths['64 KB'], paths['10 MB']].map(
    (file) => `location ~ /${file}$ { root ${folder}; rewrite ^ /${file} break; }`,
  );
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; pid ${folder}/origin.pid; error_log ${folder}/origin.err;
events { worker_connections 4096; }
http { access_log off; client_max_body_size 16m; keepalive_requests 1000000000; sendfile on; open_file_cache max=10; server { listen 127.0.0.1:${port} backlog=4096;
location / { return 200 "${'x'.repeat(1024)}"; } ${files.join(' ')} } }`,
  );
  return startPinned(loadCore, '/usr/sbin/nginx', ['-c', conf, '-p', folder], folder);
}

/** A gateway that has settled and waits to be asked. */
export interface Settled {
  /** Counts the CPU time of its processes while it answers a round of requests. */
  round(): Row;
  stop(): Promise<void>;
}

/**
 * Starts a gateway and warms it. Who compares gateways starts all and asks each in turn, a round at a time: what else the machine
 * does then falls on all of them.
 */
export async function settle(
  command: readonly [string, readonly string[]],
  folder: string,
  url: string,
  { warmup, seconds, options, connections, share = 1 }: Effort,
): Promise<Settled> {
  const running = startPinned(proxyCore, command[0], command[1], folder);
  try {
    await answering(folder, url, options);
    // Compilers behind a gateway need seconds and many requests to settle; the last rate tells how many requests fill a time. Not by
    // h2load's -D, which never ends when each request has a connection of its own.
    const until = performance.now() + warmup * 1000;
    let warm = 1000;
    let sent = 0;
    do {
      const batch = Math.ceil(warm / 2);
      const load = runLoad(loadCore, folder, url, { options, requests: batch });
      warm = Math.max(connections * 2, batch / load.seconds);
      sent += batch;
    } while (performance.now() < until || sent < warmRequests);
    const requests = Math.max(connections, Math.ceil(warm * share * seconds));
    const pace = share < 1 ? { pace: Math.max(1, Math.round((warm * share) / connections)) } : {};
    return {
      stop: () => running.stop(),
      round: () => {
        // Others have run meanwhile: caches are theirs, and a collector uses the pause. What is counted is a gateway under traffic.
        runLoad(loadCore, folder, url, { options, requests: Math.max(connections, requests >> 1), ...pace });
        const before = running.cpuSeconds();
        const load = runLoad(loadCore, folder, url, { options, requests, ...pace });
        const cpuMicros = ((running.cpuSeconds() - before) * 1e6) / requests;
        if (cpuMicros === 0) throw new Error(`${url} was answered by another program that has the port`);
        const perSecond = requests / load.seconds;
        return { cpuMicros, perSecond, p50Ms: load.p50Ms, p99Ms: load.p99Ms, rssMiB: running.rssMiB() };
      },
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
