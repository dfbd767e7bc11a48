import type { MetricJson } from './series.ts';

interface Figures {
  readonly idle: number;
  readonly busy: number;
  readonly pending: number;
}

const connectionsName = 'loom_upstream_connections';
const pendingName = 'loom_upstream_pending_requests';

/** Counted when somebody asks. `all`: by upstream, of requests and of the calls of plugins; what has no name is no upstream. */
export function poolSeries(all: readonly ReadonlyMap<string, Figures>[]): MetricJson[] {
  const named = all.flatMap((figures) => [...figures]).filter(([upstream]) => upstream !== '');
  return [
    {
      name: connectionsName,
      help: 'Connections to endpoints that are open or being made.',
      type: 'gauge',
      aggregator: 'sum',
      values: named.flatMap(([upstream, { idle, busy }]) => [
        { value: idle, labels: { upstream, state: 'idle' } },
        { value: busy, labels: { upstream, state: 'busy' } },
      ]),
    },
    {
      name: pendingName,
      help: 'Requests that wait for a connection.',
      type: 'gauge',
      aggregator: 'sum',
      values: named.map(([upstream, { pending }]) => ({ value: pending, labels: { upstream } })),
    },
  ];
}

/** The same by upstream, out of what all workers have told. */
export function poolFigures(workers: readonly (readonly MetricJson[])[]): ReadonlyMap<string, Figures> {
  const sums = new Map<string, { idle: number; busy: number; pending: number }>();
  for (const { name, values } of workers.flat()) {
    if (name !== connectionsName && name !== pendingName) continue;
    for (const { value, labels } of values) {
      const upstream = String(labels['upstream']);
      let sum = sums.get(upstream);
      if (!sum) sums.set(upstream, (sum = { idle: 0, busy: 0, pending: 0 }));
      if (name === pendingName) sum.pending += value;
      else if (labels['state'] === 'idle') sum.idle += value;
      else sum.busy += value;
    }
  }
  return sums;
}
