/**
 * What traces and the access log add to a request: CPU time of Loom for each, all variants side by side and asked in turns, so that
 * what else the machine does falls on all of them; medians over the rounds, of each variant and of its ratio to the first.
 *   node hack/bench/tracing.ts [--rounds 15 --warmup 30000 --requests 20000 --connections 32 --only EXPRESSION]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runLoad } from './load.ts';
import { answering, loadCore, median, proxyCore, startOrigin } from './measure.ts';
import { startPinned, type Pinned } from './process.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    warmup: { type: 'string', default: '30000' },
    requests: { type: 'string', default: '20000' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const options = ['--h1', `-c${values.connections}`];

const folder = mkdtempSync(join(tmpdir(), 'loom-bench-'));
const originPort = 18_970;
/** Answers as collector too: what it does with the spans is not Loom's time. */
const collector = `endpoint: "http://127.0.0.1:${originPort}"`;
const traced = (percent: number): string =>
  `tracing: { ${collector}, sampling: { percent: ${percent} } }\naccess_log: false`;
const variants: Readonly<Record<string, string>> = {
  'no traces, no access log': 'access_log: false',
  // A second of the same shows how much of the differences is noise.
  'the same once more': 'access_log: false',
  'traces, 0 % sampled': traced(0),
  'traces, 1 % sampled': traced(1),
  'traces, 100 % sampled': traced(100),
  'access log in JSON': `access_log: { output: ${join(folder, 'json.log')} }`,
  'access log, combined': `access_log: { output: ${join(folder, 'text.log')}, format: combined }`,
  'access log, 1 % of 2xx': `access_log: { output: ${join(folder, 'some.log')}, sampling: { 2xx: 1 } }`,
};

interface Variant {
  readonly name: string;
  readonly url: string;
  readonly running: Pinned;
  readonly micros: number[];
}

function startVariant([name, settings]: [string, string], i: number): Variant {
  const port = originPort + 1 + i;
  const file = join(folder, `${i}.yaml`);
  writeFileSync(
    file,
    `listeners: [{ name: http, address: "127.0.0.1:${port}", protocol: http }]
workers: 1
admin: { enabled: false }
overload: { loop_delay: 0s, memory_percent: 0 }
${settings}
routes: [{ id: all, path: /*, upstream: backend }]
upstreams: [{ name: backend, endpoints: ["127.0.0.1:${originPort}"] }]
`,
  );
  const running = startPinned(proxyCore, process.execPath, [resolve('src/main.ts'), 'serve', file], folder);
  return { name, url: `http://127.0.0.1:${port}/item`, running, micros: [] };
}

const all: Variant[] = [];
const origin = startOrigin(folder, originPort);
try {
  const wanted = Object.entries(variants).filter(([name]) => new RegExp(values.only).test(name));
  for (const [i, entry] of wanted.entries()) all.push(startVariant(entry, i));
  for (const { url } of all) {
    await answering(folder, url, options, 60);
    runLoad(loadCore, folder, url, { options, requests: Number(values.warmup) });
  }
  for (let round = 0; round < rounds; round++) {
    // Forth and back, so that nobody always comes first.
    for (const { url, running, micros } of round % 2 === 0 ? all : all.toReversed()) {
      const before = running.cpuSeconds();
      runLoad(loadCore, folder, url, { options, requests });
      micros.push(((running.cpuSeconds() - before) * 1e6) / requests);
    }
    console.log(`round ${round + 1}: ${all.map(({ micros }) => micros.at(-1)?.toFixed(1)).join('  ')} µs`);
  }
} finally {
  for (const { running } of all) await running.stop();
  await origin.stop();
  rmSync(folder, { recursive: true, force: true });
}

const [first] = all;
console.log(
  `\nmedians of ${rounds} rounds of ${requests} requests; load average ${loadavg()[0]?.toFixed(1)}\n`,
);
console.log('| | CPU time of a request | beside the first |');
console.log('|---|---:|---:|');
for (const { name, micros } of all) {
  const ratio = median(micros.map((value, i) => value / (first?.micros[i] ?? Number.NaN)));
  console.log(`| ${name} | ${median(micros).toFixed(1)} µs | ${((ratio - 1) * 100).toFixed(1)} % |`);
}
