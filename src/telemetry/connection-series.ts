import type { MetricJson } from './series.ts';

interface Figures {
  readonly name: string;
  readonly connections: number;
  readonly tunnels: { readonly length: number };
}

/** Counted when somebody asks, and not when connections open and close. */
export const connectionSeries = (listeners: readonly Figures[]): MetricJson[] => [
  gauge(
    'loom_connections',
    'Connections of clients that are open.',
    listeners.map(({ name, connections }) => [name, connections]),
  ),
  gauge(
    'loom_tunnels',
    'WebSockets and other upgraded connections that are open.',
    listeners.map(({ name, tunnels }) => [name, tunnels.length]),
  ),
];

const gauge = (name: string, help: string, counts: readonly (readonly [string, number])[]): MetricJson => ({
  name,
  help,
  type: 'gauge',
  aggregator: 'sum',
  values: counts.map(([listener, value]) => ({ value, labels: { listener } })),
});
