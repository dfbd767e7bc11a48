import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Cluster } from '../../../src/balance/cluster.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import { Callouts, type Cancellable } from '../../../src/upstream/callouts/callouts.ts';
import type { CallListener, CallRequest } from '../../../src/upstream/callouts/http-call.ts';
import type { Destination } from '../../../src/upstream/callouts/destination.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { callWorld } from '../../../test/wasm/calls/world.ts';
import { anExchange, plugin } from '../../../test/wasm/world.ts';
import { figure, print, summaryOf } from './table.ts';
import { end, vmOf } from './worker.ts';

export const authConfig = JSON.stringify({
  upstream: 'auth',
  path: '/check',
  copyHeaders: ['x-user'],
  timeoutMs: 30_000,
});
export const authGrants = { ...plugin.capabilities, upstreams: ['shop/auth'] };

/** Answers every call after so many milliseconds, 0 for the next turn of the event loop, without a connection. */
export class Immediately extends Callouts {
  readonly #afterMs: number;

  constructor(cluster: Cluster, afterMs: number) {
    super({ cluster: () => cluster, ended: () => undefined });
    this.#afterMs = afterMs;
  }

  override http(_to: Destination, _request: CallRequest, listener: CallListener): Cancellable {
    const answer = (): void =>
      listener.response({
        status: 200,
        headers: new HeaderList(['x-user', 'ann']),
        body: Buffer.alloc(0),
        trailers: new HeaderList(),
      });
    if (this.#afterMs > 0) setTimeout(answer, this.#afterMs);
    else setImmediate(answer);
    return { cancel: () => undefined };
  }
}

/** Plugins that wait for an answer: `http-auth`, whose callee takes 1 ms, for many requests at once. */
export async function calls(scale: number): Promise<void> {
  const callee = new Worker(new URL('./callee.ts', import.meta.url));
  const [port] = (await once(callee, 'message')) as [number];
  const surroundings = await callWorld([]);
  const cluster = surroundings.upstream('shop/auth', [port]);
  const real = new Callouts({ cluster: () => cluster, ended: () => undefined });
  const rows: string[][] = [];
  for (const [name, callouts] of [
    ['a timer of 1 ms', new Immediately(cluster, 1)],
    ['a service on loopback that takes 1 ms', real],
  ] as const) {
    const vm = await vmOf('http-auth', { id: 'shop/p', capabilities: authGrants }, { callouts });
    const stage = pluginStage(vm.root(authConfig));
    for (const count of [1, 100, 1000]) {
      const walls: number[] = [];
      const waits: number[] = [];
      for (let round = 0; round < Math.ceil(30 * scale) + 3; round++) {
        const exchanges = Array.from({ length: count }, () => anExchange());
        const began = performance.now();
        const times = await Promise.all(
          exchanges.map(async (exchange) => {
            if (await stage.request?.(exchange)) throw new Error('the request was answered');
            return performance.now() - began;
          }),
        );
        const wall = performance.now() - began;
        for (const exchange of exchanges) {
          if (exchange.request.headers.get('x-user') !== 'ann') throw new Error('the answer did not arrive');
          end(stage, exchange);
        }
        if (round < 3) continue;
        walls.push(wall);
        waits.push(...times);
      }
      const [wall, wait] = [summaryOf(walls), summaryOf(waits)];
      rows.push([
        `${name}, ${count}`,
        figure(wall.p50),
        ...[wait.avg, wait.p50, wait.p95, wait.p99].map(figure),
      ]);
    }
    vm.close();
  }
  print(
    'Requests that wait for a call of the plugin, in one instance, ms',
    ['', 'wall', 'avg', 'p50', 'p95', 'p99'],
    rows,
  );
  real.close();
  surroundings.close();
  await callee.terminate();
}
