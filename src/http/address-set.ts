import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Addresses and networks in CIDR notation, put together once. An IPv4 address is the same when IPv6 wraps it. */
export class AddressSet {
  readonly #list = new BlockList();

  /** Throws when one of them is neither. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits] = network.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string): boolean {
    if (isIPv4(address)) return this.#list.check(address, 'ipv4');
    return isIPv6(address) && this.#list.check(address, 'ipv6');
  }
}
