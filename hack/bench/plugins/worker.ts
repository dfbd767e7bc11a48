import pino from 'pino';
import type { Exchange } from '../../../src/http/exchange.ts';
import type { Stage } from '../../../src/middleware/middleware.ts';
import type { LoadedPlugin } from '../../../src/runtime/messages.ts';
import { PluginVm, type PluginEnvironment } from '../../../src/wasm/plugin-vm.ts';
import { threadNumber } from '../../../src/wasm/vm/budget/cpu-clock.ts';
import { Epoch, makeEpochs } from '../../../src/wasm/vm/budget/epoch.ts';
import { Watchdog } from '../../../src/wasm/vm/budget/watchdog.ts';
import { V8Engine } from '../../../src/wasm/vm/v8.ts';
import { anExchange, loadedPlugin, plugin, respond, world } from '../../../test/wasm/world.ts';

/** A data worker as far as plugins see it: rewritten modules, a watchdog that looks, the limits that plugins have by default. */
const epochs = makeEpochs(1);
const watchdog = new Watchdog(epochs, (error) => {
  throw error;
});
await watchdog.watch();
// Neither the watchdog nor a compiler of V8 keeps a program alive that waits for it.
const alive = setInterval(() => undefined, 60_000);

export const environment: PluginEnvironment = {
  ...world(),
  log: pino({ level: 'silent' }),
  duration: () => ({ observe: () => undefined }),
  engine: new V8Engine(new Epoch(epochs, 0, threadNumber())),
};

/** By default a request has a limit too. It counts the time that passes, and here other programs may take seconds of that. */
export const limits = { ...plugin.limits, callbackCpuMs: 50, startCpuMs: 5000 };

export async function vmOf(
  name: string,
  part: Partial<LoadedPlugin> = {},
  changed: Partial<PluginEnvironment> = {},
): Promise<PluginVm> {
  return PluginVm.create(await loadedPlugin(name, { limits, ...part }), { ...environment, ...changed });
}

/** A GET whose request has gone through the plugin, with a response as the upstream gave it. */
export function answered(stage: Stage, body: Buffer, head: readonly string[] = []): Exchange {
  const exchange = anExchange();
  void stage.request?.(exchange);
  exchange.upstreamStatus = 200;
  const fields = ['content-type', 'application/json', 'content-length', String(body.length), ...head];
  respond(exchange, 200, fields).responseBody = body;
  return exchange;
}

export function end(stage: Stage, exchange: Exchange): void {
  stage.log?.(exchange);
  stage.finish?.(exchange);
}

export async function stop(): Promise<void> {
  clearInterval(alive);
  await watchdog.close();
}
