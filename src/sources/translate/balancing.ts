import type { LoomUpstreamSpec } from '../../api/types.gen.ts';
import { toMs } from '../../model/duration.ts';
import type { Upstream } from '../../model/upstream.ts';

type Balancing = Pick<
  Upstream,
  'loadBalancer' | 'consistentHash' | 'stickyCookie' | 'slowStart' | 'zonePreference' | 'panicThreshold'
>;

/** How the requests of an upstream are spread. `secret` is what values of its cookie are made with. */
export function toBalancing(spec: LoomUpstreamSpec, secret: string | undefined): Balancing {
  const { loadBalancer, consistentHash, stickyCookie, slowStart, zonePreference, panicThreshold } = spec;
  return {
    loadBalancer,
    ...(consistentHash && {
      consistentHash: {
        key: consistentHash.key.map(({ type, name }) => ({
          type,
          ...(name !== undefined && { name: type === 'Header' ? name.toLowerCase() : name }),
        })),
        fallback: consistentHash.fallback,
      },
    }),
    ...(stickyCookie && {
      stickyCookie: {
        name: stickyCookie.name,
        ...(stickyCookie.ttl !== undefined && { ttlSeconds: Math.ceil(toMs(stickyCookie.ttl) / 1000) }),
        path: stickyCookie.path,
        sameSite: stickyCookie.sameSite,
        secure: stickyCookie.secure,
        httpOnly: stickyCookie.httpOnly,
        ...(secret !== undefined && { secret }),
      },
    }),
    ...(slowStart && {
      slowStart: { windowMs: toMs(slowStart.window), minShare: slowStart.minShare / 100 },
    }),
    ...(zonePreference !== 'Hints' && { zonePreference }),
    ...(panicThreshold !== 50 && { panicThreshold }),
  };
}
