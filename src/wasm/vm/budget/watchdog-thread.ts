import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EpochMemories } from '../../../runtime/messages.ts';
import { threadNumber } from './cpu-clock.ts';
import { Bell } from './epoch.ts';
import { Watch } from './watch.ts';

/** Each look takes the core from somebody for some 20 µs: often only once a call is seen that has lasted from one look to the next. */
const lookEveryMs = 4;
/** A call is ended at most `lookEveryMs` and two of these after its limit. */
const lookCloselyMs = 1;
/** Looks without a call until it goes to sleep; then it costs nothing. */
const patience = 125;

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
    bell.rest(watches.some(({ suspects }) => suspects) ? lookCloselyMs : lookEveryMs);
    continue;
  }
  bell.hang(lookEveryMs);
  if (!look()) bell.sleep();
  idle = 0;
}
