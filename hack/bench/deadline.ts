import { readFileSync } from 'node:fs';
import pino from 'pino';
import { HeaderList } from '../../src/http/headers.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { threadNumber } from '../../src/wasm/vm/budget/cpu-clock.ts';
import { Epoch, makeEpochs } from '../../src/wasm/vm/budget/epoch.ts';
import { Watchdog } from '../../src/wasm/vm/budget/watchdog.ts';
import { checkOf } from '../../src/wasm/vm/rewrite/code.ts';
import { rewrite } from '../../src/wasm/vm/rewrite/rewrite.ts';
import { V8Engine } from '../../src/wasm/vm/v8.ts';
import { loopShapes } from '../../test/wasm/vm/loop-shapes.ts';
import { anExchange, plugin, world } from '../../test/wasm/world.ts';

/**
 * What the limits of computing time cost: `node hack/bench/deadline.ts [MODULE.wasm…]`. A request through header-rewrite with
 * and without them, how late an endless loop is ended, and how long modules take to be rewritten.
 */
const epochs = makeEpochs(1);
const watchdog = new Watchdog(epochs, (error) => {
  throw error;
});
await watchdog.watch();
const engine = new V8Engine(new Epoch(epochs, 0, threadNumber()));
const environment = { ...world(), log: pino({ level: 'silent' }), observe: () => undefined, engine };
const headerRewrite = readFileSync('plugins/examples/header-rewrite/build/header-rewrite.wasm');
const config = JSON.stringify({ request: { 'x-a': 'b' }, response: { 'x-a': 'b' } });

const variants = (
  [
    ['no checks, no limits', new Uint8Array(0), 0],
    ['checks, no limits', checkOf(false), 0],
    ['checks and limits', checkOf(false), 50],
    ['atomic checks and limits', checkOf(true), 50],
  ] as const
).map(([name, check, callbackCpuMs]) => {
  const limits = { ...plugin.limits, callbackCpuMs, requestCpuMs: callbackCpuMs * 4 };
  const module = new WebAssembly.Module(rewrite(headerRewrite, check));
  const vm = PluginVm.create({ ...plugin, module, limits }, environment);
  return { name, stage: pluginStage(vm.root(config)), times: [] as number[] };
});

function requests(stage: ReturnType<typeof pluginStage>, count: number): number {
  const exchanges = Array.from({ length: count }, () => anExchange());
  for (const exchange of exchanges) exchange.response = { status: 200, headers: new HeaderList([]) };
  const began = process.threadCpuUsage();
  for (const exchange of exchanges) {
    void stage.request?.(exchange);
    void stage.response?.(exchange);
    stage.log?.(exchange);
    stage.finish?.(exchange);
  }
  const { user, system } = process.threadCpuUsage(began);
  return (user + system) / count;
}

for (let round = 0; round < 60; round++) {
  for (const { stage, times } of variants) times.push(requests(stage, 2000));
}
const at = (values: readonly number[], part: number): string =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0).toFixed(2);
console.log('header-rewrite, CPU µs per request: p10, p50 of 50 rounds of 2000');
for (const { name, times } of variants)
  console.log(`  ${name}: ${at(times.slice(10), 0.1)}, ${at(times.slice(10), 0.5)}`);

const late: number[] = [];
const limitMs = 20;
for (let round = 0; round < 10; round++) {
  for (const bytes of Object.values(loopShapes)) {
    const call = engine.instantiate(new WebAssembly.Module(rewrite(bytes)), {}, 65_536).call('f');
    const began = performance.now();
    engine.deadline.enter(limitMs);
    try {
      call?.();
    } catch {
      // Ended.
    }
    engine.deadline.leave();
    late.push(performance.now() - began - limitMs);
  }
}
console.log(
  `ms beyond a limit of ${limitMs} ms: p50 ${at(late, 0.5)}, p99 ${at(late, 0.99)}, worst ${at(late, 0.9999)}`,
);

for (const file of process.argv.slice(2)) {
  const bytes = readFileSync(file);
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    rewrite(bytes);
    return performance.now() - began;
  });
  const grown = ((rewrite(bytes).length / bytes.length - 1) * 100).toFixed(1);
  console.log(`rewrite ${file}: ${bytes.length} bytes, +${grown} %, p50 ${at(times, 0.5)} ms`);
}
await watchdog.close();
