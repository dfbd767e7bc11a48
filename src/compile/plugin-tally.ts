import type { PluginStats } from '../wasm/plugin-vm.ts';

/** What counts of a plugin's version. */
interface Version {
  readonly plugin: { readonly id: string };
  readonly stats: PluginStats;
}

const nothing: PluginStats = {
  state: 'replacing',
  instances: 0,
  memoryBytes: 0,
  calls: 0,
  failures: 0,
  killed: 0,
  replacements: 0,
  recycled: 0,
};

/** What the plugins of one worker have done, over all their versions: counters do not fall when a version goes. */
export class PluginTally {
  readonly #past = new Map<string, PluginStats>();
  /** Versions that were given up; they count on until their last exchange has ended. */
  readonly #leaving = new Set<Version>();

  leave(vms: Iterable<Version>): void {
    // Not only when somebody asks for metrics: nobody may ever do so.
    this.#settle();
    for (const vm of vms) this.#leaving.add(vm);
  }

  forget(id: string): void {
    this.#past.delete(id);
    for (const vm of this.#leaving) if (vm.plugin.id === id) this.#leaving.delete(vm);
  }

  /** By plugin id; `versions` are those that serve, the present one first. */
  stats(versions: ReadonlyMap<string, readonly Version[]>): ReadonlyMap<string, PluginStats> {
    this.#settle();
    const result = new Map<string, PluginStats>();
    for (const [id, vms] of versions) {
      const leaving = [...this.#leaving].filter((vm) => vm.plugin.id === id);
      const parts = [...vms, ...leaving].map((vm) => vm.stats);
      const state = vms[0]?.stats.state ?? 'replacing';
      result.set(id, { ...parts.reduce(sum, this.#past.get(id) ?? nothing), state });
    }
    return result;
  }

  /** Those that have ended are figures from now on. */
  #settle(): void {
    for (const vm of this.#leaving) {
      if (vm.stats.instances > 0) continue;
      this.#leaving.delete(vm);
      this.#past.set(vm.plugin.id, sum(this.#past.get(vm.plugin.id) ?? nothing, vm.stats));
    }
  }
}

const sum = (a: PluginStats, b: PluginStats): PluginStats => ({
  state: b.state,
  instances: a.instances + b.instances,
  memoryBytes: a.memoryBytes + b.memoryBytes,
  calls: a.calls + b.calls,
  failures: a.failures + b.failures,
  killed: a.killed + b.killed,
  replacements: a.replacements + b.replacements,
  recycled: a.recycled + b.recycled,
});
