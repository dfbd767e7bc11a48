/**
 * From a change to traffic: how long after the API server has answered a write every worker serves it, with 100, 1,000 and
 * 5,000 LoomRoutes on a real etcd and kube-apiserver. Also the longest wait of a steady client while a tenth of the routes
 * changes at once, and the memory of the operator.
 *   npm run bench:apply [-- --sizes 100,1000,5000 --edits 60]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readConnection } from '../../src/sources/kube/config.ts';
import { Client } from '../../src/sources/kube/client.ts';
import { cluster, installCrds, stopSharedCluster } from '../../test/support/cluster.ts';
import { createNamespace, loom } from '../../test/support/cluster-objects.ts';
import { startOperator, type Operator } from '../../test/support/cluster-operator.ts';
import { at, inParallel, Poller } from './poller.ts';

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '100,1000,5000' }, edits: { type: 'string', default: '60' } },
});
const namespace = 'bench';
const collection = `/apis/loom.dev/v1alpha1/namespaces/${namespace}/loomroutes`;
const { signal } = new AbortController();
/** More connections than workers, so that the kernel gives each worker some. */
const connections = 8;

const routeOf = (i: number, body: string): object =>
  loom('LoomRoute', namespace, `r${i}`, {
    hosts: [`r${i}.bench`],
    rules: [{ name: 'all', directResponse: { status: 200, body } }],
  });

function rssMiB({ process: running }: Operator): string {
  const status = readFileSync(`/proc/${running.pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toFixed(0);
}

const kube = await cluster();
await installCrds(kube);
await createNamespace(kube, namespace);
const client = new Client(await readConnection(kube.kubeconfig));
const operator = await startOperator(kube);
const pollers = Array.from({ length: connections }, () => new Poller(operator.port));
const servedBy = (host: string, body: string): Promise<unknown> =>
  Promise.all(pollers.map((poller) => poller.until(host, body)));

console.log(
  '| routes | p50 ms | p90 ms | p99 ms | longest wait of a client while a tenth changes, ms | RSS MiB |',
);
console.log('|---:|---:|---:|---:|---:|---:|');
let made = 0;
for (const size of values.sizes.split(',').map(Number)) {
  const from = made;
  await inParallel(size - from, 16, (i) => client.create(collection, routeOf(from + i, 'first'), signal));
  made = size;
  await servedBy(`r${size - 1}.bench`, 'first');

  const times: number[] = [];
  for (let edit = 0; edit < Number(values.edits); edit++) {
    const i = (edit * 7919) % size;
    const body = `edit ${edit}`;
    await client.merge(`${collection}/r${i}`, { spec: (routeOf(i, body) as { spec: object }).spec }, signal);
    const answered = performance.now();
    await servedBy(`r${i}.bench`, body);
    times.push(performance.now() - answered);
  }
  let longest = 0;
  const changing = new AbortController();
  const steady = async (poller: Poller): Promise<void> => {
    while (!changing.signal.aborted) {
      const began = performance.now();
      await poller.ask('r0.bench');
      longest = Math.max(longest, performance.now() - began);
    }
  };
  const watching = pollers.slice(0, 2).map(steady);
  await inParallel(Math.ceil(size / 10), 16, (i) =>
    client.merge(
      `${collection}/r${size - 1 - i}`,
      { spec: (routeOf(size - 1 - i, 'burst') as { spec: object }).spec },
      signal,
    ),
  );
  await pollers[2]?.until(`r${size - Math.ceil(size / 10)}.bench`, 'burst');
  changing.abort();
  await Promise.all(watching);
  const cells = [at(times, 0.5), at(times, 0.9), at(times, 0.99), longest.toFixed(1), rssMiB(operator)];
  console.log(`| ${size} | ${cells.join(' | ')} |`);
}
for (const poller of pollers) poller.close();
await client.close();
await operator.stop();
await stopSharedCluster();
