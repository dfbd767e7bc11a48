import type { Cluster } from '../../balance/cluster.ts';

/** Where a call goes: to an upstream with all that guards it, or to an address as it stands (a host name is resolved by DNS). */
export type Destination = Cluster | Address;

export interface Address {
  readonly host: string;
  readonly port: number;
  /** As Upstream.foreignOnly. */
  readonly foreignOnly?: true;
}

export const isAddress = (to: Destination): to is Address => 'host' in to;
