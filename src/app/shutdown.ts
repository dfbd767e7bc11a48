import { setTimeout } from 'node:timers/promises';
import type { AdminServer } from '../admin/server.ts';
import type { HealthChecker } from '../balance/health.ts';
import type { Settings } from '../model/settings.ts';
import type { Workers } from '../runtime/workers.ts';
import type { Logger } from '../telemetry/log.ts';

/** Resolves with the name of the first signal that asks the process to end; a second one ends it at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        for (const again of ['SIGTERM', 'SIGINT'] as const) process.once(again, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}

export interface ShutdownParts {
  readonly signal: NodeJS.Signals;
  readonly settings: Settings;
  readonly workers: Workers;
  readonly health: HealthChecker;
  readonly admin: AdminServer | undefined;
  readonly log: Logger;
  /** While true `/ready` answers 503. */
  readonly draining: { value: boolean };
  /** Stops following the source; gives back leases. */
  readonly stop: () => Promise<void>;
}

/** For the last words of WebSockets, which would never end by themselves. */
const farewellMs = 2000;

/** Whether it comes to its end in that time. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const late = new AbortController();
  const won = await Promise.race([work.then(() => true), setTimeout(ms, false, { signal: late.signal })]);
  late.abort();
  return won;
}

/**
 * The order of leaving: not ready, responses ask clients to close, a pause in which load balancers notice, no new
 * connections, requests in flight end, WebSockets are told to go, then everything else. Gives the exit code: 0, or 1 when
 * requests had to be cut.
 */
export async function shutDown({
  signal,
  settings,
  workers,
  health,
  admin,
  log,
  draining,
  stop,
}: ShutdownParts): Promise<number> {
  const { delayMs, timeoutMs } = settings.drain;
  draining.value = true;
  await workers.drain('announce');
  // SIGINT is Ctrl-C at a terminal: somebody waits, and no load balancer has to notice.
  if (signal !== 'SIGINT') await setTimeout(delayMs);
  const drained =
    (await within(timeoutMs, workers.drain('stop'))) || (await within(farewellMs, workers.drain('leave')));
  if (!drained)
    log.warn({ timeoutMs }, 'requests were still in flight at the end of the drain time and are cut');
  await stop();
  health.close();
  await workers.close();
  await admin?.close();
  log.info({ drained }, 'stopped');
  return drained ? 0 : 1;
}
