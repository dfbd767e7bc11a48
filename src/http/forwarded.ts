import { BlockList, isIPv6 } from 'node:net';
import type { Exchange, Peer } from './exchange.ts';
import { clientAddress } from './client-address.ts';
import { isRequestId, makeRequestId, requestIdHeader } from './request-id.ts';

/** Envoy's: who the client is by its certificate. */
const certificateHeader = 'x-forwarded-client-cert';

/** What an untrusted client may not say about itself. */
const claims = [
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-real-ip',
  'forwarded',
  certificateHeader,
];

/**
 * Finds out who the client is, and tells the upstream about it: X-Forwarded-For, -Proto, -Host, -Port, -Client-Cert and the request id. What a trusted peer says is
 * kept and added to; what anyone else says is replaced, since an upstream that believes it could be lied to. `Forwarded`
 * (RFC 7239) is not made.
 */
export class ForwardedFields {
  readonly #trusted = new BlockList();
  readonly #trustsAny: boolean;

  readonly #trustsAll: boolean;
  readonly #hops: number;

  /**
   * @param trustedProxies CIDR or single addresses.
   * @param hops proxies before us that add to X-Forwarded-For; 0: as many as are in the networks. With hops and no networks
   * every peer is one of them.
   */
  constructor(trustedProxies: readonly string[], hops = 0) {
    this.#trustsAny = trustedProxies.length > 0;
    this.#trustsAll = hops > 0 && !this.#trustsAny;
    this.#hops = hops;
    for (const network of trustedProxies) {
      const [address = '', bits] = network.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  apply(exchange: Exchange): void {
    const { request, client, local } = exchange;
    const { headers } = request;
    const trusted = this.#trustsAll || this.#isProxy(client.address);
    const claimedId = headers.get(requestIdHeader);
    exchange.id = trusted && claimedId !== undefined && isRequestId(claimedId) ? claimedId : makeRequestId();
    headers.setSound(requestIdHeader, exchange.id);
    if (!trusted) headers.deleteAny(claims);
    const certificate = exchange.connection?.forwardedCertificate();
    if (certificate !== undefined) {
      const chain = headers.joined(certificateHeader);
      headers.set(certificateHeader, chain === undefined ? certificate : `${chain},${certificate}`);
    }
    if (trusted) {
      const chain = headers.joined('x-forwarded-for');
      headers.set('x-forwarded-for', chain === undefined ? client.address : `${chain}, ${client.address}`);
      const address = chain && clientAddress(chain, this.#hops, (one) => this.#isProxy(one));
      if (address) exchange.client = { address, port: 0 };
      if (headers.has('x-forwarded-proto')) return;
    } else {
      headers.appendSound('x-forwarded-for', client.address);
    }
    headers.appendSound('x-forwarded-proto', request.scheme);
    headers.appendSound('x-forwarded-host', request.authority);
    headers.appendSound('x-forwarded-port', String(local.port));
  }

  /** Whether a connection of that peer may tell by the PROXY protocol whom it is of: any may where no networks are told. */
  mayAnnounce({ address }: Peer): boolean {
    return !this.#trustsAny || this.#isProxy(address);
  }

  #isProxy(address: string): boolean {
    return this.#trustsAny && this.#trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}
