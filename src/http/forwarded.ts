import { BlockList, isIPv6 } from 'node:net';
import type { Exchange } from './exchange.ts';
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
 * Tells the upstream about the client: X-Forwarded-For, -Proto, -Host, -Port, -Client-Cert and the request id. What a trusted peer says is
 * kept and added to; what anyone else says is replaced, since an upstream that believes it could be lied to. `Forwarded`
 * (RFC 7239) is not made.
 */
export class ForwardedFields {
  readonly #trusted = new BlockList();
  readonly #trustsAny: boolean;

  /** CIDR or single addresses. */
  constructor(trustedProxies: readonly string[]) {
    this.#trustsAny = trustedProxies.length > 0;
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
    const trusted =
      this.#trustsAny && this.#trusted.check(client.address, isIPv6(client.address) ? 'ipv6' : 'ipv4');
    const claimedId = headers.get(requestIdHeader);
    exchange.id = trusted && claimedId !== undefined && isRequestId(claimedId) ? claimedId : makeRequestId();
    headers.set(requestIdHeader, exchange.id);
    if (!trusted) headers.deleteAny(claims);
    const certificate = exchange.connection?.forwardedCertificate();
    if (certificate !== undefined) {
      const chain = headers.joined(certificateHeader);
      headers.set(certificateHeader, chain === undefined ? certificate : `${chain},${certificate}`);
    }
    if (trusted) {
      const chain = headers.joined('x-forwarded-for');
      headers.set('x-forwarded-for', chain === undefined ? client.address : `${chain}, ${client.address}`);
      if (headers.has('x-forwarded-proto')) return;
    } else {
      headers.append('x-forwarded-for', client.address);
    }
    headers.append('x-forwarded-proto', request.scheme);
    headers.append('x-forwarded-host', request.authority);
    headers.append('x-forwarded-port', String(local.port));
  }
}
