import { status } from '../abi/status.ts';
import type { Host } from './host.ts';

/** Holds until the current callback returns. */
export function proxySetEffectiveContext(host: Host, id: number): number {
  const context = host.contexts.get(id >>> 0);
  if (!context) return status.badArgument;
  host.current = context;
  return status.ok;
}

/** Ends a root context that answered proxy_on_done with false; it is deleted when the callback has returned. */
export function proxyDone(host: Host): number {
  const { current } = host;
  if (current?.kind !== 'root' || !current.closing) return status.notFound;
  host.done.push(current);
  current.closing = false;
  return status.ok;
}
