import { logLevels } from '../abi/enums.ts';
import { status } from '../abi/status.ts';
import type { Host } from './host.ts';

/** A guest that logs more in one line than this has gone wrong. */
const maxBytes = 16 * 1024;

/** One line of a plugin, at one of the ABI's levels. */
function logLine(host: Host, level: number, pointer: number, size: number): void {
  const name = logLevels[level] ?? 'error';
  host.memory.check(pointer, size);
  if (!host.log.isLevelEnabled(name)) return;
  const text = host.memory.utf8(pointer, Math.min(size >>> 0, maxBytes));
  host.log[name]({ text }, 'plugin says');
}

export function proxyLog(host: Host, level: number, pointer: number, size: number): number {
  if (level >>> 0 >= logLevels.length) return status.badArgument;
  logLine(host, level, pointer, size);
  return status.ok;
}

/** `silent` is told as the highest level: there is no number for "nothing". */
export function proxyGetLogLevel(host: Host, out: number): number {
  const level = logLevels.indexOf(host.log.level as (typeof logLevels)[number]);
  host.memory.setU32(out, level < 0 ? logLevels.length - 1 : level);
  return status.ok;
}
