import type { LoadedPlugin } from '../../runtime/messages.ts';
import type { Host } from './host.ts';

/** A guest can make up names for ever. */
const most = 128;
const told = new WeakMap<LoadedPlugin, Set<string>>();

/**
 * A warning about the plugin and not about one request. Once for each version of it in a worker, and not for each instance:
 * with isolation Request every request has a new one.
 */
export function warnOnce(
  { plugin, log }: Host,
  about: string,
  fields: Readonly<Record<string, string>>,
  message: string,
): void {
  let known = told.get(plugin);
  if (!known) told.set(plugin, (known = new Set()));
  if (known.has(about) || known.size >= most) return;
  known.add(about);
  log.warn(fields, message);
}
