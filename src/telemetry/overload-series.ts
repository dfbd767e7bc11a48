import type { MetricJson } from './series.ts';

interface Figures {
  readonly delayMs: number;
  readonly admitted: number;
  readonly shed: Readonly<Record<string, number>>;
}

/** Of one worker; `figures` undefined: it does not look for overload. Of several workers the worst is shown. */
export const overloadSeries = (figures: Figures | undefined): MetricJson[] => [
  {
    name: 'loom_event_loop_delay_seconds',
    help: 'How long at least whatever came to the busiest data worker had to wait, in the last tenth of a second.',
    type: 'gauge',
    aggregator: 'max',
    values: figures ? [{ value: figures.delayMs / 1000, labels: {} }] : [],
  },
  {
    name: 'loom_overload_admitted_ratio',
    help: 'Share of the requests that the most overloaded data worker takes.',
    type: 'gauge',
    aggregator: 'min',
    values: figures ? [{ value: figures.admitted, labels: {} }] : [],
  },
  {
    name: 'loom_overload_shed_total',
    help: 'Requests that were answered with 503 because there was too much to do.',
    type: 'counter',
    aggregator: 'sum',
    values: Object.entries(figures?.shed ?? {}).map(([priority, value]) => ({ value, labels: { priority } })),
  },
];
