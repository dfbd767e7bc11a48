import type { Capabilities, CapabilityFamily } from '../../model/plugin.ts';
import { HeaderAccess, type MessageAccess } from '../context/granted-headers.ts';
import type { Host } from './host.ts';
import { warnOnce } from './warn-once.ts';

/** What a host function needs. `Calls`: some upstream that the plugin may call; which one is asked at the call. */
export type Grant = CapabilityFamily | 'Calls';

/** One for all calls, or by the first parameter: a list over buffer or map types, where those beyond it need none. */
export type Need = Grant | readonly Grant[];

/** The maps of messages; those of calls are the plugin's own. */
export const messageMaps: readonly Grant[] = ['Headers', 'Headers', 'Headers', 'Headers'];
export const messageBodies: readonly Grant[] = ['RequestBody', 'ResponseBody'];

/** The families that a plugin has unless they are denied. */
export const given: ReadonlySet<Grant> = new Set([
  'Headers',
  'Log',
  'Properties',
  'LocalResponse',
  'Metrics',
]);

export const granted = ({ families, upstreams }: Capabilities, grant: Grant): boolean =>
  grant === 'Calls' ? upstreams.length > 0 : families.includes(grant);

/** What to write into the WasmPlugin. */
export function remedy(grant: Grant): string {
  if (grant === 'Calls') return 'name what it may call in capabilities.upstreams';
  return given.has(grant) ? `take ${grant} out of capabilities.deny` : `add ${grant} to capabilities.allow`;
}

/** The headers that the plugin may see and change. */
export function messageAccess(host: Host): MessageAccess {
  const { requestHeaders, responseHeaders } = host.plugin.capabilities;
  const refused = (field: string) => (name: string) =>
    warnOnce(
      host,
      `${field} ${name}`,
      { header: name, remedy: `admit it in capabilities.${field}.write` },
      'plugin wrote a header that it is not granted',
    );
  return {
    request: HeaderAccess.of(requestHeaders, refused('requestHeaders')),
    response: HeaderAccess.of(responseHeaders, refused('responseHeaders')),
  };
}
