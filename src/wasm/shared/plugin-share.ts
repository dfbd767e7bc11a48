import type { LoadedPlugin } from '../../runtime/messages.ts';
import { SharedData } from './data.ts';
import { PluginMetrics } from './metrics.ts';
import type { Roster } from './roster.ts';

/** A data worker among the others. */
export interface WorkerPlace {
  /** From 0; a worker that replaces another has its number. */
  readonly worker: number;
  readonly roster: Roster;
}

/** See SharedLock. */
export const holderOf = (worker: number): number => worker + 1;

/** What a plugin shares with its instances in all workers, as one worker sees it. What it is not granted is not there. */
export class PluginShare {
  readonly place: WorkerPlace;
  readonly data: SharedData | undefined;
  readonly metrics: PluginMetrics | undefined;

  constructor(plugin: LoadedPlugin, place: WorkerPlace) {
    const holder = holderOf(place.worker);
    const { data, metrics } = plugin.shared ?? {};
    this.place = place;
    this.data = data && new SharedData(data, holder);
    this.metrics = metrics && new PluginMetrics(metrics, holder);
  }

  /** After a call that the end of the stack has cut anywhere: no lock must stay behind. */
  abandon(): void {
    const holder = holderOf(this.place.worker);
    this.data?.abandon(holder);
    this.metrics?.abandon(holder);
  }
}
