import { Epoch, makeEpochs } from '../../../../src/wasm/vm/budget/epoch.ts';
import { threadNumber } from '../../../../src/wasm/vm/budget/cpu-clock.ts';
import { Watchdog } from '../../../../src/wasm/vm/budget/watchdog.ts';
import { checkOf } from '../../../../src/wasm/vm/rewrite/code.ts';
import { rewrite } from '../../../../src/wasm/vm/rewrite/rewrite.ts';
import { V8Engine } from '../../../../src/wasm/vm/v8.ts';
import { loopShapes } from '../loop-shapes.ts';

/** Calls each of the loop shapes with a limit of 5 ms and prints what became of it: run with the flags of V8 that a test is about. */
const epochs = makeEpochs(1);
const watchdog = new Watchdog(epochs, (error) => console.error(error));
await watchdog.watch();
const engine = new V8Engine(new Epoch(epochs, 0, threadNumber()));
const fates: Record<string, string> = {};
for (const [name, bytes] of Object.entries(loopShapes)) {
  const module = new WebAssembly.Module(rewrite(bytes, checkOf(process.argv[2] === 'atomic')));
  for (let round = 0; round < 3; round++) {
    const call = engine.instantiate(module, {}, 65_536).call('f');
    engine.deadline.enter(5);
    let fate = 'returned';
    try {
      call?.();
    } catch (error) {
      fate = (error as Error).message;
    }
    fates[name] = `${engine.deadline.leave() ? 'late' : 'in time'}, ${fate}`;
  }
}
console.log(JSON.stringify(fates));
await watchdog.close();
