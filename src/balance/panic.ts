import type { PlacedUpstream } from '../runtime/messages.ts';

/** Envoy's overprovisioning factor, in percent: a group takes all its requests as long as 100 / 1.4 = 71.4 % of it is healthy. */
const overprovisioning = 140;

/** What a group can take of all requests, in percent. */
export const capacityOf = (healthy: number, size: number): number =>
  Math.min(100, (overprovisioning * healthy) / size);

/** Whether a group uses all its endpoints. `short`: all groups together cannot take all requests. */
export const panics = (
  short: boolean,
  healthy: number,
  size: number,
  { panicThreshold = 50 }: Pick<PlacedUpstream, 'panicThreshold'>,
): boolean => short && 100 * healthy < panicThreshold * size;
