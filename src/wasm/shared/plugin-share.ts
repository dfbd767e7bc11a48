import type { LoadedPlugin } from '../../runtime/messages.ts';
import { SharedData } from './data.ts';
import { PluginMetrics } from './metrics.ts';
import { SharedQueues } from './queues.ts';
import type { WorkerPlace } from './worker-place.ts';

/** What a plugin shares with its instances in all workers, as one worker sees it. What it is not granted is not there. */
export class PluginShare {
  readonly place: WorkerPlace;
  readonly data: SharedData | undefined;
  readonly metrics: PluginMetrics | undefined;
  readonly queues: SharedQueues | undefined;
  /** By configuration, which instance of this worker does what is done once. */
  readonly #leaders = new Map<Buffer, object>();

  constructor(plugin: LoadedPlugin, place: WorkerPlace) {
    const { data, metrics, queues } = plugin.shared ?? {};
    const { holder } = place;
    this.place = place;
    this.data = data && new SharedData(data, holder);
    this.metrics = metrics && new PluginMetrics(metrics, holder);
    this.queues = queues && new SharedQueues(queues, holder);
  }

  /**
   * Whether `instance` is the one of the process that does what is done once for a configuration: the first of this worker
   * to ask, while this is the first of the living workers. `config` is one object for all instances of the worker.
   */
  leads(config: Buffer, instance: object): boolean {
    if (!this.place.isFirst) return false;
    const leader = this.#leaders.get(config);
    if (leader === undefined) this.#leaders.set(config, instance);
    return leader === undefined || leader === instance;
  }

  unlead(instance: object): void {
    for (const [config, leader] of this.#leaders) if (leader === instance) this.#leaders.delete(config);
  }

  /** After a call that the end of the stack has cut anywhere: no lock must stay behind. */
  abandon(): void {
    const { holder } = this.place;
    this.data?.abandon(holder);
    this.metrics?.abandon(holder);
    this.queues?.abandon(holder);
  }
}
