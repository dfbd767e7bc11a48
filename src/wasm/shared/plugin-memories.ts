import type { CapabilityFamily } from '../../model/plugin.ts';
import type { LoadedPlugin, PluginMemory } from '../../runtime/messages.ts';
import type { PluginMetric } from '../../telemetry/plugin-metrics.ts';
import { makeData, SharedData } from './data.ts';
import { controlThread } from './lock.ts';
import { makeMetrics } from './metric-memory.ts';
import { PluginMetrics } from './metrics.ts';
import { makeQueues, SharedQueues } from './queues.ts';
import { holderOf } from './worker-place.ts';

/**
 * The memory that plugins share among workers, as the control thread keeps it: made when the first plugin that may use it
 * comes, forgotten with the last one.
 */
export class PluginMemories {
  /** By namespace and vmId. */
  readonly #data = new Map<string, SharedArrayBuffer>();
  /** By namespace. */
  readonly #queues = new Map<string, SharedArrayBuffer>();
  /** By plugin. */
  readonly #metrics = new Map<string, SharedArrayBuffer>();
  /** What the last call of `attach` gave for what. */
  #attached = new Map<LoadedPlugin, LoadedPlugin>();

  /** Each plugin with its memory; an unchanged plugin keeps its identity. The whole set: what is not in it is forgotten. */
  attach(plugins: ReadonlyMap<string, LoadedPlugin>): ReadonlyMap<string, LoadedPlugin> {
    const before = this.#attached;
    this.#attached = new Map();
    const result = new Map<string, LoadedPlugin>();
    for (const [id, plugin] of plugins) {
      const attached = before.get(plugin) ?? { ...plugin, shared: this.#memoryOf(plugin) };
      this.#attached.set(plugin, attached);
      result.set(id, attached);
    }
    keep(this.#data, plugins.values().map(scopeOf));
    keep(this.#queues, plugins.values().map(namespaceOf));
    keep(this.#metrics, plugins.keys());
    return result;
  }

  /** A worker has ended: what it held locked is repaired and given up. Ring all workers after it: queues want another registrant. */
  lost(worker: number): void {
    const holder = holderOf(worker);
    for (const buffer of this.#data.values()) new SharedData(buffer, controlThread).abandon(holder);
    for (const buffer of this.#metrics.values()) new PluginMetrics(buffer, controlThread).abandon(holder);
    for (const buffer of this.#queues.values()) new SharedQueues(buffer, controlThread).lost(worker, holder);
  }

  /** What plugins have counted so far, by plugin. */
  readMetrics(): readonly (readonly [plugin: string, metrics: readonly PluginMetric[]])[] {
    return [...this.#metrics].map(([id, buffer]) => [id, new PluginMetrics(buffer, controlThread).read()]);
  }

  #memoryOf(plugin: LoadedPlugin): PluginMemory {
    const granted = (family: CapabilityFamily): boolean => plugin.capabilities.families.includes(family);
    return {
      ...(granted('SharedData') && { data: made(this.#data, scopeOf(plugin), makeData) }),
      ...(granted('SharedQueues') && { queues: made(this.#queues, namespaceOf(plugin), makeQueues) }),
      ...(granted('Metrics') && { metrics: made(this.#metrics, plugin.id, makeMetrics) }),
    };
  }
}

/** The namespace of a plugin; empty for those of a loom.yaml. */
const namespaceOf = ({ id }: LoadedPlugin): string => id.slice(0, Math.max(0, id.indexOf('/')));

const scopeOf = (plugin: LoadedPlugin): string => `${namespaceOf(plugin)}/${plugin.vmId}`;

function made(
  map: Map<string, SharedArrayBuffer>,
  key: string,
  make: () => SharedArrayBuffer,
): SharedArrayBuffer {
  let buffer = map.get(key);
  if (!buffer) map.set(key, (buffer = make()));
  return buffer;
}

function keep(map: Map<string, SharedArrayBuffer>, wanted: Iterable<string>): void {
  const names = new Set(wanted);
  for (const key of map.keys()) if (!names.has(key)) map.delete(key);
}
