import type { EndpointSlice, Service } from '../../api/core.ts';
import type { Endpoint } from '../../model/upstream.ts';

const noEndpoints: readonly Endpoint[] = [];
export type Slices = readonly EndpointSlice[];

/**
 * Endpoints of one Service port. Ready ones; where none is ready, those that still serve while they terminate (KEP-1669).
 * An absent `ready` means ready. Only the first address of an endpoint counts, and an address in several slices counts once.
 */
function endpointsOf(service: Service | undefined, port: number, slices: Slices): readonly Endpoint[] {
  const externalName = service?.spec?.externalName;
  if (externalName !== undefined) return [{ address: externalName, port, weight: 1 }];
  const servicePort = service?.spec?.ports?.find((p) => p.port === port);
  if (!servicePort) return noEndpoints;
  const ready = new Map<string, Endpoint>();
  const leaving = new Map<string, Endpoint>();
  for (const slice of slices) {
    if (slice.addressType === 'FQDN') continue;
    const target = slice.ports?.find((p) => (p.name ?? '') === (servicePort.name ?? ''))?.port;
    if (target === undefined) continue;
    for (const { addresses, conditions, zone, hints } of slice.endpoints ?? []) {
      const address = addresses[0];
      if (address === undefined) continue;
      const forZones = hints?.forZones?.map(({ name }) => name);
      const endpoint = {
        address,
        port: target,
        weight: 1,
        ...(zone && { zone }),
        ...(forZones && forZones.length > 0 && { forZones }),
      };
      if (conditions?.ready ?? true) ready.set(address, endpoint);
      else if (conditions?.serving && conditions.terminating) leaving.set(address, endpoint);
    }
  }
  const chosen = ready.size > 0 ? ready : leaving;
  return [...chosen.values()].toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

/** Keeps the result for one upstream until something it was made of changes, so that identity tells what changed. */
export class EndpointMemo {
  readonly #known = new Map<
    string,
    { readonly from: readonly unknown[]; readonly endpoints: readonly Endpoint[] }
  >();

  resolve(
    upstream: string,
    service: Service | undefined,
    port: number,
    slices: Slices = [],
  ): readonly Endpoint[] {
    const from = [service, port, ...slices];
    const known = this.#known.get(upstream);
    if (known && known.from.length === from.length && known.from.every((part, i) => part === from[i])) {
      return known.endpoints;
    }
    const fresh = endpointsOf(service, port, slices);
    const endpoints = known && sameEndpoints(known.endpoints, fresh) ? known.endpoints : fresh;
    this.#known.set(upstream, { from, endpoints });
    return endpoints;
  }

  forget(upstream: string): void {
    this.#known.delete(upstream);
  }
}

function sameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return a.length === b.length && a.every((x, i) => isSame(x, b[i]));
}

const isSame = (a: Endpoint, b: Endpoint | undefined): boolean =>
  a.address === b?.address &&
  a.port === b.port &&
  a.weight === b.weight &&
  a.zone === b.zone &&
  a.forZones?.join() === b.forZones?.join();
