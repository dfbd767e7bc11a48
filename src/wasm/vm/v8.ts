import type { Epoch } from './budget/epoch.ts';
import type { Deadline, Engine, Imports, Instance } from './engine.ts';
import { MemoryAccount } from './memory-account.ts';
import { pageBytes } from './page.ts';
import { memoryImports } from './rewrite/rewrite.ts';
import { shapeOf } from './rewrite/shape.ts';

/** V8 through the WebAssembly JavaScript interface, for modules that look at the epoch of the thread. */
export class V8Engine implements Engine {
  readonly #epoch: Epoch;
  readonly #account: MemoryAccount;

  /** `memoryBytes`: what all its instances may use together. */
  constructor(epoch: Epoch, memoryBytes = Infinity) {
    this.#epoch = epoch;
    this.#account = new MemoryAccount(memoryBytes);
  }

  get deadline(): Deadline {
    return this.#epoch;
  }

  instantiate(module: WebAssembly.Module, imports: Imports, memoryBytes: number): Instance {
    const { initialPages, maximumPages } = shapeOf(module);
    const maximum = Math.min(maximumPages, Math.floor(memoryBytes / pageBytes));
    if (initialPages > maximum) {
      throw new Error(
        `the module begins with ${size(initialPages * pageBytes)} of memory; its limit is ${size(memoryBytes)}`,
      );
    }
    this.#account.admit(initialPages * pageBytes);
    const memory = new WebAssembly.Memory({ initial: initialPages, maximum });
    const { exports } = new WebAssembly.Instance(module, {
      ...imports,
      [memoryImports.module]: {
        [memoryImports.memory]: memory,
        [memoryImports.epoch]: this.#epoch.memory,
      },
    });
    this.#account.add(memory);
    return {
      memory,
      release: () => this.#account.drop(memory),
      call(name) {
        const found = exports[name];
        return typeof found === 'function' ? (found as (...args: number[]) => number) : undefined;
      },
    };
  }
}

const size = (bytes: number): string =>
  bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1024} KiB`;
