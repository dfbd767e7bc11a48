import type { OutlierDetection } from '../../../src/model/upstream.ts';

export const outlierDetection: OutlierDetection = {
  consecutiveErrors: 3,
  errorPercent: 0,
  latencyFactor: 0,
  minRequests: 5,
  intervalMs: 1000,
  ejectionMs: 10_000,
  maxEjectionMs: 25_000,
  maxEjectionPercent: 50,
  statuses: [500, 503],
};
