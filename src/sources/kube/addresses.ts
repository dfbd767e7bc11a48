import { isIP } from 'node:net';
import type { KubeObject } from '../../api/core.ts';
import { isRecord } from '../../model/schema.ts';

/**
 * IP addresses and host names in one text, sorted, each once: `203.0.113.7,lb.example.com`; empty for none. Equal texts are equal
 * addresses, and the thousands of routes that show the same ones share one text.
 */
export type Addresses = string;

/** core/v1 LoadBalancerStatus, as Services, Ingresses and LoomRoutes have it in their status. */
export interface LoadBalancerStatus {
  readonly ingress: readonly ({ readonly ip: string } | { readonly hostname: string })[];
}

/** What the schema of LoomRoutes takes. */
const maxAddresses = 64;

export const joinAddresses = (all: readonly string[]): Addresses =>
  [...new Set(all)].toSorted().slice(0, maxAddresses).join(',');

/** The addresses in the status of an object. An entry with both (a load balancer that has a name for its address) is its address. */
export function shownAddresses(object: unknown): Addresses {
  const status = isRecord(object) ? object['status'] : undefined;
  const loadBalancer = isRecord(status) ? status['loadBalancer'] : undefined;
  const ingress = isRecord(loadBalancer) ? loadBalancer['ingress'] : undefined;
  if (!Array.isArray(ingress)) return '';
  return joinAddresses(ingress.flatMap((one) => (isRecord(one) ? addressOf(one) : [])));
}

const addressOf = ({ ip, hostname }: Record<string, unknown>): readonly string[] => {
  if (typeof ip === 'string' && ip !== '') return [ip];
  return typeof hostname === 'string' && hostname !== '' ? [hostname] : [];
};

/**
 * Where clients reach a Service from outside of the cluster: its externalIPs, which people gave it, before what a load balancer was
 * given. As external-dns reads a Service.
 */
export function addressesOfService(service: KubeObject): Addresses {
  const { spec } = service as { readonly spec?: unknown };
  const external = isRecord(spec) ? spec['externalIPs'] : undefined;
  const given = Array.isArray(external) ? external.filter((one) => typeof one === 'string') : [];
  return given.length > 0 ? joinAddresses(given) : shownAddresses(service);
}

/** undefined: an object that shows no address has no such field. */
export function toLoadBalancer(addresses: Addresses): LoadBalancerStatus | undefined {
  if (addresses === '') return undefined;
  return {
    ingress: addresses.split(',').map((address) => (isIP(address) ? { ip: address } : { hostname: address })),
  };
}
