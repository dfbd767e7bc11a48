import { Host } from '../../../src/wasm/host/host.ts';
import { makeImports } from '../../../src/wasm/host/imports.ts';
import { PluginShare } from '../../../src/wasm/shared/plugin-share.ts';
import { loadedPlugin } from '../../../test/wasm/world.ts';
import { figure, print, race } from './table.ts';
import { environment, vmOf } from './worker.ts';

/** What another instance costs: the module in its memory alone, and as a plugin that is started and configured. */
export async function instances(scale: number): Promise<void> {
  const rows: string[][] = [];
  for (const [name, config] of [
    ['hello', ''],
    ['header-rewrite', '{"request":{"x-a":"b"}}'],
    ['jwt-check', '{"secret":"sixteen-characters-or-more"}'],
  ] as const) {
    const loaded = await loadedPlugin(name);
    const module = loaded.module as WebAssembly.Module;
    const { engine, log, place, callouts } = environment;
    const vm = await vmOf(name);
    vm.root(config);
    const share = new PluginShare(loaded, place);
    const functions = WebAssembly.Module.imports(module).filter(({ kind }) => kind === 'function');
    const bare = (): void => {
      const host = new Host(loaded, vm.abi, log, share, callouts);
      const imports = makeImports(functions, host);
      engine.instantiate(module, imports, loaded.limits.memoryBytes).release();
    };
    const whole = (): void => vm.make().retire();
    const work = [
      { name: 'instantiate', run: bare },
      { name: 'instantiate, start, configure, end', run: whole },
    ];
    for (const [i, { avg, p50, p95, p99 }] of race(work, Math.ceil(1000 * scale)).entries())
      rows.push([`${name}: ${work[i]?.name}`, ...[avg, p50, p95, p99].map(figure)]);
    vm.close();
  }
  print('Instances, µs', ['', 'avg', 'p50', 'p95', 'p99'], rows);
}
