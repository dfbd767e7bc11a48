/**
 * Which share of the CPU time of a data worker traces take, at several shares of sampled requests, by a profile of the worker: that
 * says more than times of two processes, which differ by more than traces cost.
 *   node hack/bench/tracing-share.ts [--percents 1,100 --seconds 30]
 */
import { readFileSync, rmSync, mkdtempSync, writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runLoad } from './load.ts';
import { answering, loadCore, proxyCore, startOrigin } from './measure.ts';
import { startPinned } from './process.ts';

const { values } = parseArgs({
  options: { percents: { type: 'string', default: '1,100' }, seconds: { type: 'string', default: '30' } },
});
/** Until the compilers have seen enough. */
const warmSeconds = 15;
const seconds = Number(values.seconds);
const options = ['--h1', '-c32'];
const [originPort, port] = [18_970, 18_971];
const url = `http://127.0.0.1:${port}/item`;
const folder = mkdtempSync(join(tmpdir(), 'loom-bench-'));
const profile = join(folder, 'worker.cpuprofile');
const traces = /\/telemetry\/tracing\/|\/@opentelemetry\//;

/** Time in functions of traces and in all that they call, and time in all functions, in milliseconds. */
function shareOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): [number, number] {
  const own = new Map<number, number>();
  for (const [i, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[i] ?? 0) / 1000);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let [traced, all] = [0, 0];
  const walk = (node: Profiler.ProfileNode, isTraced: boolean): void => {
    const { url: file, functionName } = node.callFrame;
    const isHere = isTraced || traces.test(file);
    const ms = own.get(node.id) ?? 0;
    if (functionName !== '(idle)' && functionName !== '(program)') all += ms;
    if (isHere) traced += ms;
    for (const child of node.children ?? []) walk(byId.get(child) as Profiler.ProfileNode, isHere);
  };
  walk(nodes[0] as Profiler.ProfileNode, false);
  return [traced, all];
}

const origin = startOrigin(folder, originPort);
console.log('| sampled | traces | all | share |\n|---:|---:|---:|---:|');
try {
  for (const percent of values.percents.split(',')) {
    const file = join(folder, 'loom.yaml');
    writeFileSync(
      file,
      `listeners: [{ name: http, address: "127.0.0.1:${port}", protocol: http }]
workers: 1
admin: { enabled: false }
access_log: false
overload: { loop_delay: 0s, memory_percent: 0 }
tracing: { endpoint: "http://127.0.0.1:${originPort}", sampling: { percent: ${percent} } }
routes: [{ id: all, path: /*, upstream: backend }]
upstreams: [{ name: backend, endpoints: ["127.0.0.1:${originPort}"] }]
`,
    );
    rmSync(profile, { force: true });
    const environment = [
      `LOOM_PROFILE=${profile}`,
      `LOOM_PROFILE_FROM=${warmSeconds}`,
      `LOOM_PROFILE_TO=${warmSeconds + seconds}`,
    ];
    const loom = [
      '--import',
      resolve('hack/bench/tracing/profile.ts'),
      resolve('src/main.ts'),
      'serve',
      file,
    ];
    const running = startPinned(proxyCore, 'env', [...environment, process.execPath, ...loom], folder);
    try {
      await answering(folder, url, options, 60);
      const end = performance.now() + (warmSeconds + seconds + 5) * 1000;
      while (performance.now() < end) runLoad(loadCore, folder, url, { options, requests: 20_000 });
      const [traced, all] = shareOf(JSON.parse(readFileSync(profile, 'utf8')) as Profiler.Profile);
      const share = ((100 * traced) / all).toFixed(1);
      console.log(`| ${percent} % | ${Math.round(traced)} ms | ${Math.round(all)} ms | ${share} % |`);
    } finally {
      await running.stop();
    }
  }
} finally {
  await origin.stop();
  rmSync(folder, { recursive: true, force: true });
}
