import type { OverloadSettings } from '../model/settings.ts';
import { Overload } from '../runtime/overload/overload.ts';
import type { Logger } from '../telemetry/log.ts';

/** What looks after the load of this worker; undefined where there is nothing to look at. One line in the log at each end of an overload. */
export function makeOverload(
  settings: OverloadSettings | undefined,
  log: Logger,
  refuse: (refusing: boolean) => void,
): Overload | undefined {
  if (!settings || (settings.loopDelayMs === 0 && settings.memoryPercent === 0)) return undefined;
  return new Overload(settings, {
    refuse,
    begun: ({ delayMs, memoryPercent }) =>
      log.warn({ delayMs, memoryPercent }, 'overloaded; requests are shed'),
    ended: ({ shed, seconds }) => log.info({ shed, seconds }, 'no longer overloaded'),
  });
}
