import type { Model } from '../model/model.ts';
import type { Plugin } from '../model/plugin.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';

/** Plugins that the admin API has taken out. A new version of the object, or the end of the process, brings one back. */
export class Unloaded {
  readonly #plugins = new Map<string, { readonly plugin: Plugin; emptied?: LoadedPlugin }>();

  add(plugin: Plugin): void {
    this.#plugins.set(plugin.id, { plugin });
  }

  /** It may come back. */
  remove(id: string): void {
    this.#plugins.delete(id);
  }

  /** The loaded plugins without the modules of those; the same object for the same plugin at every call. */
  cut(model: Model, loaded: ReadonlyMap<string, LoadedPlugin>): ReadonlyMap<string, LoadedPlugin> {
    if (this.#plugins.size === 0) return loaded;
    const left = new Map(loaded);
    for (const [id, entry] of this.#plugins) {
      const now = left.get(id);
      if (!now || model.plugins.get(id) !== entry.plugin) {
        this.#plugins.delete(id);
        continue;
      }
      if (!entry.emptied) {
        const { module: _module, unimplemented: _imports, ...rest } = now;
        entry.emptied = { ...rest, problem: 'unloaded through the admin API' };
      }
      left.set(id, entry.emptied);
    }
    return left;
  }
}
