import type { Socket } from 'node:net';
import type { Peer } from './exchange.ts';

export const remotePeer = (socket: Socket): Peer => peer(socket.remoteAddress, socket.remotePort);
export const localPeer = (socket: Socket): Peer => peer(socket.localAddress, socket.localPort);

/** An IPv4 peer of an IPv6 socket by its IPv4 address. Without an address the other side has gone already. */
const peer = (address = '', port = 0): Peer => ({
  address: address.startsWith('::ffff:') ? address.slice(7) : address,
  port,
});
