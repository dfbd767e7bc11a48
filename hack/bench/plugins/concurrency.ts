import type { BodySink, BodySource } from '../../../src/http/body.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { anExchange, respond } from '../../../test/wasm/world.ts';
import { documentOf, oneField, threeFields } from './documents.ts';
import { figure, print, summaryOf } from './table.ts';
import { end, vmOf } from './worker.ts';

/** A body whose first half is there, and whose second comes when it is told. */
class Halves implements BodySource {
  readonly length: number;
  readonly #body: Buffer;
  #sink: BodySink | undefined;

  constructor(body: Buffer) {
    this.#body = body;
    this.length = body.length;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    sink.data(this.#body.subarray(0, this.length >> 1));
  }

  rest(): void {
    this.#sink?.data(this.#body.subarray(this.length >> 1));
    this.#sink?.end();
  }

  resume(): void {}
  cancel(): void {}
}

/**
 * Many exchanges at once in the instances of one worker: all of them in the plugin with half a body held back, then the rest of
 * every body comes at the same moment.
 */
export async function concurrency(scale: number): Promise<void> {
  const body = documentOf(2400);
  const rows: string[][] = [];
  for (const by of ['whole', 'body', 'fields'] as const) {
    const vm = await vmOf('message-access', { instances: 8 });
    const config = { at: 'response', by, read: threeFields, write: oneField };
    const stage = pluginStage(vm.root(JSON.stringify(config)));
    for (const count of [100, 1000, 5000]) {
      const walls: number[] = [];
      const waits: number[] = [];
      for (let round = 0; round < Math.ceil((12 * scale * 1000) / count) + 2; round++) {
        const open = Array.from({ length: count }, () => {
          const exchange = anExchange();
          void stage.request?.(exchange);
          exchange.upstreamStatus = 200;
          const source = new Halves(body);
          const head = ['content-type', 'application/json', 'content-length', String(body.length)];
          respond(exchange, 200, head).responseBody = source;
          return { exchange, source, passed: Promise.resolve(stage.response?.(exchange)) };
        });
        const times: number[] = [];
        const began = performance.now();
        for (const { source } of open) {
          source.rest();
          times.push(performance.now() - began);
        }
        await Promise.all(open.map(({ passed }) => passed));
        const wall = performance.now() - began;
        for (const { exchange } of open) {
          const { responseBody } = exchange;
          if (!Buffer.isBuffer(responseBody) || !responseBody.includes('changed by the plugin'))
            throw new Error('nothing was changed');
          end(stage, exchange);
        }
        if (round < 2) continue;
        walls.push(wall);
        waits.push(...times);
      }
      const [wall, wait] = [summaryOf(walls), summaryOf(waits)];
      rows.push([
        `${by}, ${count}`,
        figure(wall.p50),
        ...[wait.avg, wait.p50, wait.p95, wait.p99].map(figure),
      ]);
    }
    vm.close();
  }
  const columns = ['', 'wall', 'avg', 'p50', 'p95', 'p99'];
  print('Exchanges at once, 2.4 KB, read 3, write 1, 8 instances on one thread, ms', columns, rows);
}
