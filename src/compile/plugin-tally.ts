import type { PluginStats, PluginVm } from '../wasm/plugin-vm.ts';

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
  readonly #leaving = new Set<PluginVm>();

  leave(vms: Iterable<PluginVm>): void {
    for (const vm of vms) this.#leaving.add(vm);
  }

  forget(id: string): void {
    this.#past.delete(id);
    for (const vm of this.#leaving) if (vm.plugin.id === id) this.#leaving.delete(vm);
  }

  /** By plugin id; `versions` are those that serve, the present one first. */
  stats(versions: ReadonlyMap<string, readonly PluginVm[]>): ReadonlyMap<string, PluginStats> {
    for (const vm of this.#leaving) {
      if (vm.stats.instances > 0) continue;
      this.#leaving.delete(vm);
      this.#past.set(vm.plugin.id, sum(this.#past.get(vm.plugin.id) ?? nothing, vm.stats));
    }
    const result = new Map<string, PluginStats>();
    for (const [id, vms] of versions) {
      const leaving = [...this.#leaving].filter((vm) => vm.plugin.id === id);
      const parts = [...vms, ...leaving].map((vm) => vm.stats);
      const state = vms[0]?.stats.state ?? 'replacing';
      result.set(id, { ...parts.reduce(sum, this.#past.get(id) ?? nothing), state });
    }
    return result;
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
