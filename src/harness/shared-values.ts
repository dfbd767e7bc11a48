import type { LoadedPlugin } from '../runtime/messages.ts';
import { SharedData } from '../wasm/shared/data.ts';
import { controlThread } from '../wasm/shared/lock.ts';

/** The shared data of all plugins, as the control thread would see it. */
export class SharedValues {
  readonly #scopes: readonly SharedData[];

  constructor(plugins: Iterable<LoadedPlugin>) {
    const buffers = new Set([...plugins].flatMap(({ shared }) => shared?.data ?? []));
    this.#scopes = [...buffers].map((buffer) => new SharedData(buffer, controlThread));
  }

  /** In the first scope that has the key. */
  get(key: string): Buffer | undefined {
    for (const scope of this.#scopes) {
      const found = scope.get(Buffer.from(key));
      if (found) return found.bytes;
    }
    return undefined;
  }

  /** In every scope. */
  set(key: string, value: string): void {
    for (const scope of this.#scopes) scope.set(Buffer.from(key), Buffer.from(value), 0);
  }
}
