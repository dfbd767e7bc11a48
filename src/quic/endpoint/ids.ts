import { randomFillSync } from 'node:crypto';

/** Ids that lead to this endpoint: the number of the worker, then what nobody can guess. */
export const idBytes = 9;

/** @param worker below 256 */
export function makeId(worker: number): Buffer {
  const id = randomFillSync(Buffer.alloc(idBytes));
  id[0] = worker;
  return id;
}

/** The worker that an id of ours leads to. */
export const workerOf = (id: Buffer): number => id[0] as number;

export const keyOf = (id: Buffer): string => id.latin1Slice();
