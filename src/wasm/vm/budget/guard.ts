import type { EpochMemories } from '../../../runtime/messages.ts';
import type { Logger } from '../../../telemetry/log.ts';
import { compileModule, type CompiledPlugin } from '../compile.ts';
import { V8Engine } from '../v8.ts';
import { threadNumber } from './cpu-clock.ts';
import { Epoch, makeEpochs } from './epoch.ts';
import { deadlineHolds } from './self-test.ts';
import { Watchdog } from './watchdog.ts';

/** Not at once, should it end again and again. */
const restartMs = 1000;

/**
 * The limits of computing time, as the control thread looks after them: it makes the memories, compiles modules so that they
 * can be ended, and runs the watchdog from the first module on.
 */
export class Guard {
  readonly epochs: EpochMemories;
  readonly #log: Logger;
  readonly #watchdog: Watchdog;
  /** Whether modules must read the epoch atomically; see `checkOf`. */
  #atomic: Promise<boolean> | undefined;

  constructor(workers: number, log: Logger) {
    this.epochs = makeEpochs(workers + 1);
    this.#log = log;
    this.#watchdog = new Watchdog(this.epochs, (error) => {
      log.error({ err: error }, 'watchdog ended; it will be replaced');
      setTimeout(() => void this.#watchdog.watch(), restartMs).unref();
    });
  }

  /** As `compileModule`. */
  async compile(bytes: Uint8Array): Promise<CompiledPlugin> {
    return compileModule(bytes, await (this.#atomic ??= this.#test()));
  }

  async close(): Promise<void> {
    await this.#watchdog.close();
  }

  async #test(): Promise<boolean> {
    await this.#watchdog.watch();
    const engine = new V8Engine(new Epoch(this.epochs, this.epochs.epochs.length - 1, threadNumber()));
    const atomic = !deadlineHolds(engine, false);
    if (atomic && !deadlineHolds(engine, true))
      this.#log.error(
        'limits of computing time do not work on this engine: an endless loop in a plugin will not be ended',
      );
    return atomic;
  }
}
