import type { Problem } from '../../model/problem.ts';
import type { Schema } from '../../model/schema.ts';
import type { ListenerSettings } from '../../model/settings.ts';

export interface ToldHttp3 {
  readonly enabled: boolean;
  readonly advertised_port: number;
}

/** HTTP/3 of a listener. */
export const http3Schema: Schema = {
  type: 'object',
  description: 'HTTP/3 over UDP, at the same address and port as https. In beta.',
  properties: {
    enabled: { type: 'boolean', description: 'Whether there is HTTP/3.', default: false },
    advertised_port: {
      type: 'integer',
      format: 'int32',
      description:
        'Port at which clients reach the UDP side, told by Alt-Svc, where something between maps ports. 0: that of the listener.',
      minimum: 0,
      maximum: 65535,
      default: 0,
    },
  },
};

interface Listener {
  readonly protocol: 'http' | 'https';
  readonly proxy_protocol: boolean;
  readonly http3?: ToldHttp3;
}

/** Undefined where there is none. `path`: of the listener. */
export function toHttp3(
  { protocol, proxy_protocol: proxy, http3 }: Listener,
  path: string,
  problems: Problem[],
): ListenerSettings['http3'] {
  if (!http3?.enabled) return undefined;
  const refuse = (message: string): number => problems.push({ path: `${path}/http3`, message });
  if (protocol !== 'https') refuse('is for a listener with protocol: https');
  if (proxy) refuse('cannot be together with proxy_protocol: no header of it comes with UDP');
  const { advertised_port: port } = http3;
  return port === 0 ? {} : { advertisedPort: port };
}
