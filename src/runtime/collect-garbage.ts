import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ModelDelta } from './messages.ts';

type Collect = (options: { type: 'major'; execution: 'async'; flavor: 'last-resort' }) => Promise<void>;

/**
 * Gives back what reading a whole configuration has left behind: several times what it keeps, and V8 looks for it only when more
 * memory is wanted, which at rest never comes. Takes as long as the thread needs to look through its whole heap: for moments in
 * which nobody waits for it.
 */
export async function collectGarbage(): Promise<void> {
  // Flags are of the process, and all threads do this at the same time: one that took it back would take it from the others.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  await collect({ type: 'major', execution: 'async', flavor: 'last-resort' });
}

/** Whether a configuration leaves enough behind: below that nobody would notice. */
export const isLarge = ({ routes, upstreams }: ModelDelta): boolean =>
  routes.set.length + upstreams.set.length >= 1000;
