/**
 * Loom in a large cluster: 5,000 LoomRoutes, 5,000 Services and 20,000 endpoints on a real etcd and kube-apiserver, the build
 * beside them as the process of a pod. Wants `npm run build` before.
 *   npm run bench:cluster [-- --count 5000 --endpoints 20000 --edits 500 --burst 1000 --flags=--max-semi-space-size=8]
 */
import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from '../../src/sources/kube/client.ts';
import { readConnection } from '../../src/sources/kube/config.ts';
import {
  type Cluster,
  cluster,
  installCrds,
  network,
  stopSharedCluster,
} from '../../test/support/cluster.ts';
import type { Operator } from '../../test/support/cluster-operator.ts';
import { createNamespace, loom } from '../../test/support/cluster-objects.ts';
import { namespace as ownNetwork } from '../cluster/namespace.ts';
import { applied, cells, endpoints } from './cluster/latency.ts';
import { fill, namespace, paths, routeOf, sliceOf } from './cluster/objects.ts';
import { machineTimes, stolenSince } from './cluster/machine.ts';
import { readyAfter, cpuSeconds, memory, startBuild, threadTimes, user } from './cluster/pod.ts';
import { inParallel } from './poller.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '5000' },
    endpoints: { type: 'string', default: '20000' },
    edits: { type: 'string', default: '500' },
    /** How long CPU time is measured, and changes go on before it is measured once more. */
    seconds: { type: 'string', default: '60' },
    warm: { type: 'string', default: '240' },
    burst: { type: 'string', default: '1000' },
    /** Of Node. */
    flags: { type: 'string', default: '' },
    only: { type: 'string', default: 'start,apply,endpoints,cpu,burst' },
    'heap-snapshot': { type: 'boolean', default: false },
  },
});
const { signal } = new AbortController();
const wanted = new Set(values.only.split(','));
const count = Number(values.count);

function row(what: string, figure: string, aim: string): void {
  console.log(`| ${what} | ${figure} | ${aim} |`);
}

function memoryRows(when: string, pod: Operator): void {
  const { rss, anonymous } = memory(pod);
  row(`RSS ${when}, as kubelets tell it`, `${anonymous.toFixed(0)} MiB`, '250 MiB');
  row('with mapped files', `${rss.toFixed(0)} MiB`, '');
}

interface Mix {
  readonly of: string;
  /** Share of the routes among what changes. */
  readonly routes: number;
}

const half: Mix = { of: 'half of them of routes, half of endpoints', routes: 0.5 };
/** Pods come and go all the time, and every time it is endpoints that change. */
const mixes: readonly Mix[] = [{ of: 'of endpoints', routes: 0 }, half, { of: 'of routes', routes: 1 }];

/** With what neighbours took of the processors: with it a process takes more CPU time for the same. */
async function cpuRows(client: Client, pod: Operator, { of, routes }: Mix, when: string): Promise<void> {
  const before = machineTimes();
  const threads = await steady(client, pod, Number(values.seconds), routes);
  const sum = [...threads.values()].reduce((all, [percent]) => all + percent, 0);
  row(`CPU with 10 changes/s ${of}, ${when}`, `${sum.toFixed(1)} % of a core`, '2 %');
  for (const [name, [percent, turns]] of threads)
    if (percent >= 0.05) row(`of that ${name}`, `${percent.toFixed(2)} %, ${turns.toFixed(0)} turns/s`, '');
  row('taken by neighbours of this machine', `${stolenSince(before).toFixed(0)} % of its time`, '');
}

interface Write {
  /** In milliseconds. */
  readonly at: number;
  readonly isStatus: boolean;
}

const writeVerbs = new Set(['create', 'update', 'patch', 'delete']);

/** What the pod has asked to be written, the first first: statuses and Events, not the Lease, which keeps its own time. */
async function writes(kube: Cluster): Promise<readonly Write[]> {
  return (await kube.audit())
    .filter(({ user: { username }, verb }) => username === user && writeVerbs.has(verb))
    .filter(({ requestURI }) => !requestURI.includes('/leases'))
    .map(({ requestReceivedTimestamp, requestURI }) => ({
      at: Date.parse(requestReceivedTimestamp),
      isStatus: requestURI.includes('/status'),
    }))
    .toSorted((a, b) => a.at - b.at);
}

let changes = 0;

/**
 * Changes ten objects a second, endpoints and, as large a share as that, routes.
 * @returns percent of a core, of each kind of thread, and turns a second
 */
async function steady(
  client: Client,
  pod: Operator,
  seconds: number,
  routes: number,
): Promise<ReadonlyMap<string, readonly [number, number]>> {
  const [began, before] = [performance.now(), threadTimes(pod)];
  for (let n = 1; n <= seconds * 10; n++) {
    const i = (++changes * 7919) % count;
    if (Math.floor(n * routes) > Math.floor((n - 1) * routes)) {
      const spec = { spec: routeOf(i, `steady ${changes}`).spec };
      await client.merge(`${paths.routes}/r${i}`, spec, signal);
    } else
      await client.merge(`${paths.slices}/s${i}-abcde`, { ports: sliceOf(i, 1, 10 + changes).ports }, signal);
    await setTimeout(Math.max(0, began + n * 100 - performance.now()));
  }
  const ms = performance.now() - began;
  const after = threadTimes(pod).entries();
  return new Map(
    after.map(([name, { cpuMs, turns }]) => {
      const { cpuMs: cpuBefore, turns: turnsBefore } = before.get(name) ?? { cpuMs: 0, turns: 0 };
      return [name, [(100 * (cpuMs - cpuBefore)) / ms, (1000 * (turns - turnsBefore)) / ms]];
    }),
  );
}

/** When the start of a process is over. */
const settledMs = 45_000;
/** Over what a rate is taken: the log has when a write arrived, not when it was sent. */
const spanMs = 10_000;

/** Changes many objects as fast as the API server takes it. @returns statuses per object, and most writes in a second */
async function burst(kube: Cluster, client: Client): Promise<{ each: number; perSecond: number }> {
  const size = Number(values.burst);
  const { length: before } = await writes(kube);
  await inParallel(size, 16, (i) =>
    client.merge(`${paths.routes}/r${i}`, { spec: routeOf(i, 'burst').spec }, signal),
  );
  let times = await writes(kube);
  for (let still = 0; still < 6;) {
    await setTimeout(1000);
    const now = await writes(kube);
    still = now.length === times.length ? still + 1 : 0;
    times = now;
  }
  const own = times.slice(before);
  const most = own.map((from, i) => own.slice(i).filter(({ at }) => at < from.at + spanMs).length);
  return {
    each: own.filter(({ isStatus }) => isStatus).length / size,
    perSecond: Math.max(0, ...most) / (spanMs / 1000),
  };
}

async function main(): Promise<void> {
  const kube = await cluster();
  await installCrds(kube);
  await createNamespace(kube, namespace);
  const client = new Client(await readConnection(kube.kubeconfig));
  await fill(client, count, Number(values.endpoints));
  // Everything of that host goes to a Service whose endpoints are to change.
  const last = count - 1;
  await client.create(
    paths.routes,
    loom('LoomRoute', namespace, 'moving', {
      hosts: ['moving.bench'],
      rules: [{ name: 'all', backends: [{ serviceRef: { name: `s${last}`, port: 80 } }] }],
    }),
    signal,
  );
  const started = performance.now();
  const flags = values.flags.split(' ').filter(Boolean);
  const pod = await startBuild(
    kube,
    values['heap-snapshot'] ? [...flags, '--heapsnapshot-signal=SIGUSR2'] : flags,
  );
  console.log(
    `| ${count} LoomRoutes and Services, ${values.endpoints} endpoints | figure | aim |\n|---|---:|---:|`,
  );
  row('ready after start', `${(await readyAfter(pod)).toFixed(1)} s`, '20 s');
  row('CPU time until then', `${cpuSeconds(pod).toFixed(1)} s`, '');
  await setTimeout(5000);
  memoryRows('after start', pod);
  const edits = Number(values.edits);
  const head = 'ms, p50 / p99: raw watch, served, served after the watch';
  if (wanted.has('apply'))
    row(`apply → served, ${head}`, cells(await applied(client, pod, last, edits)), '30');
  if (wanted.has('endpoints')) {
    const route = { service: last, host: 'moving.bench' };
    row(`endpoint → used, ${head}`, cells(await endpoints(client, pod, route, edits)), '30');
  }
  if (wanted.has('cpu')) {
    // V8 tidies up twice when a process is half a minute old, which belongs to the start.
    await setTimeout(Math.max(0, started + settledMs - performance.now()));
    await cpuRows(client, pod, half, 'after the start');
    // For some minutes V8 compiles what has become warm.
    await steady(client, pod, Number(values.warm), half.routes);
    for (const [i, mix] of mixes.entries())
      await cpuRows(client, pod, mix, i === 0 ? `${values.warm} s later` : 'then');
  }
  if (wanted.has('burst')) {
    const { each, perSecond } = await burst(kube, client);
    row(`status writes for each of ${values.burst} objects changed at once`, each.toFixed(2), '1.2');
    row('writes in a second', perSecond.toFixed(1), '10');
  }
  memoryRows('at the end', pod);
  if (values['heap-snapshot']) {
    pod.process.signal('SIGUSR2');
    await setTimeout(20_000);
  }
  await client.close();
  await pod.stop();
  await stopSharedCluster();
}

const place = network === undefined ? ownNetwork() : undefined;
if (network !== undefined) await main();
else if (!place) throw new Error('this needs a network namespace: EndpointSlices take no loopback addresses');
else {
  const [command = '', ...rest] = [...place.command, process.execPath, ...process.argv.slice(1)];
  const child = spawn(command, rest, { env: { ...process.env, ...place.env }, stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill('SIGKILL'));
  child.once('exit', (code) => (process.exitCode = code ?? 1));
}
