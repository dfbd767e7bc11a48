import type { Stage } from '../../../src/middleware/middleware.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { anExchange, loadedPlugin, until, world } from '../../../test/wasm/world.ts';
import { PluginVm } from '../../../src/wasm/plugin-vm.ts';
import { figure, print, race } from './table.ts';
import { end, environment, vmOf } from './worker.ts';

const config = JSON.stringify({ request: { 'x-a': 'b' } });
const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** One request: `passed`, or why not. */
async function ask(stage: Stage, mib: number): Promise<string> {
  const exchange = anExchange('GET a/', ['x-mib', String(mib)]);
  try {
    await stage.request?.(exchange);
    return 'passed';
  } catch (error) {
    return (error as Error).message;
  } finally {
    end(stage, exchange);
  }
}

/** What happens when a plugin comes to its 64 MiB, and to another plugin of the same worker meanwhile. */
export async function memoryLimit(): Promise<void> {
  const neighbour = await vmOf('header-rewrite');
  const stage = pluginStage(neighbour.root(config));
  const serve = (): void => {
    const exchange = anExchange();
    void stage.request?.(exchange);
    end(stage, exchange);
  };
  const [before] = race([{ name: 'alone', run: serve }], 2000);

  const remembered = world();
  const asks = PluginVm.create(await loadedPlugin('growing'), { ...environment, log: remembered.log });
  const asking = pluginStage(asks.root('{"by":"grow"}'));
  while (!remembered.said().includes('refused')) await ask(asking, 1);
  const grown = asks.stats.memoryBytes;
  const refused = `growth is refused at ${mebibytes(grown)}; the request ${await ask(asking, 1)}, failures ${asks.stats.failures}`;
  asks.close();

  const holds = await vmOf('growing');
  const holding = pluginStage(holds.root('{"by":"hold"}'));
  const ended: string[] = [];
  const rounds = 50;
  const rssBefore = process.memoryUsage.rss();
  let rssMost = 0;
  for (let round = 0; round < rounds; round++) {
    const vm = round === 0 ? holds : await vmOf('growing');
    const through = round === 0 ? holding : pluginStage(vm.root('{"by":"hold"}'));
    ended.push(await ask(through, 100));
    await until('another instance is there', () => vm.stats.instances === 1);
    if ((await ask(through, 1)) !== 'passed') throw new Error('the new instance does not serve');
    rssMost = Math.max(rssMost, process.memoryUsage.rss());
    vm.close();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [after] = race([{ name: 'beside', run: serve }], 2000);

  print(
    'At the limit of 64 MiB',
    ['', 'what happens'],
    [
      ['a plugin that asks for more', refused],
      ['a plugin that cannot do without', `${ended[0]}; another instance served the next request`],
      [
        `the same ${rounds} times`,
        `${new Set(ended).size} kind of answer; memory of the process grew by ${mebibytes(rssMost - rssBefore)} at most`,
      ],
      [
        'header-rewrite beside it, µs p50, p99',
        `${figure(before?.p50 ?? 0)}, ${figure(before?.p99 ?? 0)} before; ${figure(after?.p50 ?? 0)}, ${figure(after?.p99 ?? 0)} after`,
      ],
    ],
  );
  neighbour.close();
}
