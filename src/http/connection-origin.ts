import type { Socket } from 'node:net';
import { SocketFacts, type ConnectionFacts } from './connection-facts.ts';
import type { Peer } from './exchange.ts';
import { localPeer, remotePeer } from './peers.ts';

/** Where the exchanges of one connection come from: the same for all of them. */
export interface ConnectionOrigin {
  /** Name of the listener. */
  readonly listener: string;
  readonly client: Peer;
  readonly local: Peer;
  readonly connection: ConnectionFacts;
}

export const originOf = (socket: Socket, listener: string): ConnectionOrigin => ({
  listener,
  client: remotePeer(socket),
  local: localPeer(socket),
  connection: new SocketFacts(socket),
});
