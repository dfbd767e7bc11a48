import type { LoadedPlugin } from '../runtime/messages.ts';

/** Plugins that the admin API wants to begin anew: under a new identity the workers make new instances of them. */
export class Reloaded {
  readonly #asked = new Set<string>();
  readonly #fresh = new Map<string, { readonly of: LoadedPlugin; readonly fresh: LoadedPlugin }>();

  add(id: string): void {
    this.#asked.add(id);
  }

  /** The loaded plugins with those; the same object for the same plugin until it is asked for again. */
  renew(loaded: ReadonlyMap<string, LoadedPlugin>): ReadonlyMap<string, LoadedPlugin> {
    for (const id of this.#asked) {
      const of = loaded.get(id);
      if (of) this.#fresh.set(id, { of, fresh: { ...of } });
    }
    this.#asked.clear();
    if (this.#fresh.size === 0) return loaded;
    const result = new Map(loaded);
    for (const [id, { of, fresh }] of this.#fresh) {
      if (loaded.get(id) === of) result.set(id, fresh);
      else this.#fresh.delete(id);
    }
    return result;
  }
}
