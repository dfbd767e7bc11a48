import type { Epoch } from './budget/epoch.ts';
import type { Deadline, Engine, GuestFunction, Imports, Instance, SavedState } from './engine.ts';
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
    const { initialPages, maximumPages, globals } = shapeOf(module);
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
    return new V8Instance(memory, exports, globals, () => this.#account.drop(memory));
  }
}

class V8Instance implements Instance {
  readonly memory: WebAssembly.Memory;
  readonly release: () => void;
  readonly #exports: Exports;
  readonly #globals: readonly WebAssembly.Global[] | undefined;

  constructor(
    memory: WebAssembly.Memory,
    exports: Exports,
    globals: readonly string[] | undefined,
    release: () => void,
  ) {
    this.memory = memory;
    this.release = release;
    this.#exports = exports;
    this.#globals = globals?.map((name) => exports[name] as WebAssembly.Global);
  }

  call(name: string): GuestFunction | undefined {
    const found = this.#exports[name];
    return typeof found === 'function' ? (found as GuestFunction) : undefined;
  }

  save(): SavedState | undefined {
    if (!this.#globals) return undefined;
    return {
      memory: new Uint8Array(this.memory.buffer).slice(),
      globals: this.#globals.map(({ value }) => value),
    };
  }

  restore({ memory, globals }: SavedState): boolean {
    const now = new Uint8Array(this.memory.buffer);
    if (now.length !== memory.length) return false;
    now.set(memory);
    for (const [i, global] of (this.#globals ?? []).entries()) global.value = globals[i] as number | bigint;
    return true;
  }
}

type Exports = Readonly<Record<string, unknown>>;

const size = (bytes: number): string =>
  bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1024} KiB`;
