import { createServer } from 'node:http';
import { once } from 'node:events';
import type { Client } from '../../../src/sources/kube/client.ts';
import type { WatchEvent } from '../../../src/sources/kube/watch-event.ts';
import type { Operator } from '../../../test/support/cluster-operator.ts';
import { at, Poller } from '../poller.ts';
import { hostOf, paths, routeOf, sliceOf } from './objects.ts';

/** More connections than workers, so that the kernel gives each worker some. */
const connections = 6;
/** Between two requests of a connection: what asks without a pause takes the processor from what is measured. */
const pauseMs = 4;

/** Waits for events of one object after another, with a watch of its own beside Loom's. */
class RawWatch {
  readonly #stop = new AbortController();
  #waiting = new Map<string, (at: number) => void>();

  async start(client: Client, path: string): Promise<void> {
    const { version } = await client.list(path, {}, this.#stop.signal);
    const isOpen = Promise.withResolvers<void>();
    const watcher = {
      opened: isOpen.resolve,
      event: ({ object: { metadata } }: WatchEvent) => {
        this.#waiting.get(metadata.name)?.(performance.now());
        this.#waiting.delete(metadata.name);
      },
    };
    const { signal } = this.#stop;
    client.watch(path, { resourceVersion: version }, watcher, signal).catch(isOpen.reject);
    await isOpen.promise;
  }

  /** @returns when it was told of the next change of that object */
  next(name: string): Promise<number> {
    return new Promise((resolve) => this.#waiting.set(name, resolve));
  }

  stop(): void {
    this.#stop.abort();
  }
}

export interface Latency {
  /** From the sent write to the event of a raw watch. */
  readonly watch: readonly number[];
  /** From the sent write to every connection being answered by it. */
  readonly served: readonly number[];
  /** How much later than the watch. */
  readonly excess: readonly number[];
}

/** So many edits are a round, and what counts is the median of all rounds: something else on the machine makes one of them slow. */
const roundEdits = 100;

function overRounds(values: readonly number[], share: number): string {
  const rounds = Math.max(1, Math.floor(values.length / roundEdits));
  const figures = Array.from({ length: rounds }, (_, i) =>
    Number(at(values.slice(i * roundEdits, (i + 1) * roundEdits), share)),
  );
  return at(figures, 0.5);
}

export const cells = ({ watch, served, excess }: Latency): string =>
  [watch, served, excess]
    .map((values) => `${overRounds(values, 0.5)} / ${overRounds(values, 0.99)}`)
    .join(' | ');

async function measure(
  client: Client,
  path: string,
  edits: number,
  edit: (n: number) => { name: string; write: () => Promise<unknown>; served: () => Promise<unknown> },
): Promise<Latency> {
  const raw = new RawWatch();
  await raw.start(client, path);
  const result = { watch: [] as number[], served: [] as number[], excess: [] as number[] };
  for (let n = 0; n < edits; n++) {
    const { name, write, served } = edit(n);
    const told = raw.next(name);
    const began = performance.now();
    await write();
    const until = served().then(() => performance.now());
    const [event, end] = await Promise.all([told, until]);
    result.watch.push(event - began);
    result.served.push(end - began);
    result.excess.push(Math.max(0, end - event));
  }
  raw.stop();
  return result;
}

/** Changes routes one after the other. */
export async function applied(client: Client, pod: Operator, count: number, edits: number): Promise<Latency> {
  const { signal } = new AbortController();
  const pollers = Array.from({ length: connections }, () => new Poller(pod.port));
  const result = await measure(client, paths.routes, edits, (n) => {
    const i = (n * 7919) % count;
    const { spec } = routeOf(i, `edit ${n}`);
    return {
      name: `r${i}`,
      write: () => client.merge(`${paths.routes}/r${i}`, { spec }, signal),
      served: () => Promise.all(pollers.map((p) => p.until(hostOf(i), `edit ${n}`, pauseMs))),
    };
  });
  for (const poller of pollers) poller.close();
  return result;
}

/** Lets one Service go from one backend to the other and back. `host` leads there whatever the path. */
export async function endpoints(
  client: Client,
  pod: Operator,
  route: { readonly service: number; readonly host: string },
  edits: number,
): Promise<Latency> {
  const { signal } = new AbortController();
  const servers = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const server = createServer((_, response) => response.end(name));
      server.listen(0, '10.77.0.1');
      await once(server, 'listening');
      const bound = server.address();
      return { name, server, port: bound && typeof bound === 'object' ? bound.port : 0 };
    }),
  );
  const pollers = Array.from({ length: connections }, () => new Poller(pod.port));
  const result = await measure(client, paths.slices, edits, (n) => {
    const { name, port } = servers[n % 2] as (typeof servers)[number];
    const { metadata, ports } = sliceOf(route.service, 1, port);
    const slice = { endpoints: [{ addresses: ['10.77.0.1'], conditions: { ready: true } }], ports };
    return {
      name: metadata.name,
      write: () => client.merge(`${paths.slices}/${metadata.name}`, slice, signal),
      served: () => Promise.all(pollers.map((p) => p.until(route.host, name, pauseMs))),
    };
  });
  for (const poller of pollers) poller.close();
  for (const { server } of servers) server.close().closeAllConnections();
  return result;
}
