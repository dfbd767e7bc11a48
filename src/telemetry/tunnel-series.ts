import type { MetricJson } from './series.ts';

interface Figures {
  readonly name: string;
  readonly tunnels: { readonly length: number };
}

/** Counted when somebody asks, and not when they open and close. */
export const tunnelSeries = (listeners: readonly Figures[]): MetricJson => ({
  name: 'loom_tunnels',
  help: 'WebSockets and other upgraded connections that are open.',
  type: 'gauge',
  aggregator: 'sum',
  values: listeners.map(({ name, tunnels }) => ({ value: tunnels.length, labels: { listener: name } })),
});
