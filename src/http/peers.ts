import type { Socket } from 'node:net';
import type { Peer } from './exchange.ts';
import type { ProxiedPeers } from './proxy-header.ts';

/** What proxies have said of the connections that they pass on. */
const announced = new WeakMap<Socket, ProxiedPeers>();

/** From now on the peers of the socket, and of TLS over it, are those. */
export function announcePeers(socket: Socket, peers: ProxiedPeers): void {
  announced.set(socket, peers);
}

export const remotePeer = (socket: Socket): Peer =>
  proxied(socket)?.client ?? peer(socket.remoteAddress, socket.remotePort);
export const localPeer = (socket: Socket): Peer =>
  proxied(socket)?.local ?? peer(socket.localAddress, socket.localPort);

/** Where `node:tls` keeps the socket under a TLSSocket; not documented, and the same since Node 0.12. */
const lowerKey = '_parent';

const proxied = (socket: Socket): ProxiedPeers | undefined => {
  const lower = (socket as { readonly [lowerKey]?: Socket | null })[lowerKey];
  return announced.get(lower ?? socket);
};

/** An IPv4 peer of an IPv6 socket by its IPv4 address. Without an address the other side has gone already. */
const peer = (address = '', port = 0): Peer => ({
  address: address.startsWith('::ffff:') ? address.slice(7) : address,
  port,
});
