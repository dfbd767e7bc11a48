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

  /** The values of the key in all scopes that have it. */
  get(key: string): readonly Buffer[] {
    return this.#scopes.flatMap((scope) => scope.get(Buffer.from(key))?.bytes ?? []);
  }

  /** In every scope. */
  set(key: string, value: string): void {
    for (const scope of this.#scopes) scope.set(Buffer.from(key), Buffer.from(value), 0);
  }
}
