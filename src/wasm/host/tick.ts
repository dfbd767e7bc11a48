import { status } from '../abi/status.ts';
import type { Host } from './host.ts';

export function proxySetTickPeriodMilliseconds(host: Host, periodMs: number): number {
  if (host.root) host.events.timers.set(host.root, periodMs >>> 0);
  return status.ok;
}
