import { SupplyError } from '../supply-error.ts';

/**
 * Throws a SupplyError unless `place` (`host[:port]/path`) begins with one of the patterns: `host[:port]`, with or without a
 * path of whole segments; `*.host` is every host below. No patterns: every place.
 */
export function checkAllowed(patterns: readonly string[], place: string): void {
  if (patterns.length === 0 || patterns.some((pattern) => fits(pattern, place))) return;
  throw new SupplyError(
    'NotAllowed',
    `${place} is not among the places that plugins may come from (plugin_sources.allow)`,
  );
}

function fits(pattern: string, place: string): boolean {
  const [wantedHost, wantedPath] = split(pattern);
  const [host, path] = split(place);
  const isHost = wantedHost.startsWith('*.') ? host.endsWith(wantedHost.slice(1)) : host === wantedHost;
  return isHost && (wantedPath === '' || `${path}/`.startsWith(`${wantedPath}/`));
}

function split(place: string): readonly [string, string] {
  const [, host = '', path = ''] = /^([^/]*)\/?(.*?)\/*$/.exec(place) ?? [];
  return [host.toLowerCase().replace(/:443$/, ''), path];
}
