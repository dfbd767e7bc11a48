import type { Status } from '../abi/status.ts';
import type { Host } from '../host/host.ts';

/**
 * Gets the argument, which is the guest's memory and valid during the call only. Gives the result, empty for none, or the
 * status of a failure.
 */
export type ForeignFunction = (host: Host, argument: Buffer) => Buffer | Exclude<Status, 0>;

export const noResult = Buffer.alloc(0);
