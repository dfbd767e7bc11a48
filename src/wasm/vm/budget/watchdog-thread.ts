import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EpochMemories } from '../../../runtime/messages.ts';
import { threadNumber } from './cpu-clock.ts';
import { Bell } from './epoch.ts';
import { Watch } from './watch.ts';

/** A call is ended at most two looks after its limit. */
const lookEveryMs = 2;
/** Looks without a call until it goes to sleep; then it costs nothing. */
const patience = 250;

/** The watchdog: its own thread, because the one that a guest holds up cannot look at a clock. Never returns. */
const { epochs, bell: bellMemory } = workerData as EpochMemories;
const bell = new Bell(bellMemory);
const watches = epochs.map(({ buffer }) => new Watch(buffer));

const look = (): boolean => {
  const now = performance.now();
  let busy = false;
  for (const watch of watches) busy = watch.look(now) || busy;
  return busy;
};

try {
  // On a busy machine it must come before those that it watches; Linux counts threads by the same numbers as processes.
  if (threadNumber() > 0) setPriority(threadNumber(), -10);
} catch {
  // Not for us to choose.
}

parentPort?.postMessage('watching');
for (let idle = 0; ;) {
  idle = look() ? 0 : idle + 1;
  if (idle < patience) {
    bell.rest(lookEveryMs);
    continue;
  }
  bell.hang(lookEveryMs);
  if (!look()) bell.sleep();
  idle = 0;
}
