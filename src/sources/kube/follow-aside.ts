import type { Logger } from '../../telemetry/log.ts';
import type { Client, Query } from './client.ts';
import { reflect, reflectorTiming, type Collection, type ReflectorTiming, type Sink } from './reflector.ts';

export interface Aside {
  readonly client: Pick<Client, 'list' | 'watch' | 'newest'>;
  readonly path: string;
  readonly query: Query;
  readonly log: Logger;
  readonly timing?: ReflectorTiming | undefined;
  /** For the log, with each failure that is another one than that before it. */
  readonly failure: string;
}

/** Keeps `sink` equal to a collection that is no part of the store, until `signal` aborts; never throws. */
export async function followAside(
  { client, path, query, log, timing = reflectorTiming, failure }: Aside,
  sink: Sink,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  const followed = {
    up: (open: boolean) => {
      if (open) told = undefined;
    },
    listed: () => undefined,
    event: () => undefined,
    failed: (err: unknown) => {
      if (told === String(err)) return;
      told = String(err);
      log.warn({ path, ...query, err }, failure);
    },
  };
  const collection: Collection = {
    list: (until) => client.list(path, query, until),
    watch: (more, watcher, until) => client.watch(path, { ...query, ...more }, watcher, until),
    newest: (until) => client.newest(path, query, until),
  };
  await reflect(collection, sink, followed, signal, { timing });
}
