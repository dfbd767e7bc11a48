import type { Socket } from 'node:net';
import type { ListenerSettings } from '../model/settings.ts';
import type { ConnectionCensus } from './connection-census.ts';
import { remotePeer } from './peers.ts';

export type FullReason = 'max-connections' | 'max-connections-per-address';

type Caps = Pick<ListenerSettings, 'maxConnections' | 'maxConnectionsPerAddress'>;

/** Lets connections in as long as there is room for them; only for listeners that have a limit. */
export class Admission {
  readonly #caps: Caps;
  readonly #census: ConnectionCensus;
  readonly #listener: number;

  constructor(caps: Caps, census: ConnectionCensus, listener: number) {
    this.#caps = caps;
    this.#census = census;
    this.#listener = listener;
  }

  /** Counts it in until it closes. @returns why there is no room for it */
  admit(socket: Socket): FullReason | undefined {
    const { address } = remotePeer(socket);
    const full = this.enter(address);
    if (full === undefined) socket.once('close', () => this.leave(address));
    return full;
  }

  /** Counts a connection in until `leave`. @returns why there is no room for it */
  enter(address: string): FullReason | undefined {
    const { maxConnections = Infinity, maxConnectionsPerAddress = Infinity } = this.#caps;
    if (this.#census.ofListener(this.#listener) >= maxConnections) return 'max-connections';
    // The same address on all listeners: it is the client that is held back.
    if (this.#census.ofAddress(address) >= maxConnectionsPerAddress) return 'max-connections-per-address';
    this.#census.count(this.#listener, address, 1);
    return undefined;
  }

  leave(address: string): void {
    this.#census.count(this.#listener, address, -1);
  }
}

/** Undefined where the listener has no limit: then nothing is counted. `number`: which of the listeners it is. */
export const admissionOf = (
  settings: ListenerSettings,
  census: ConnectionCensus,
  number: number,
): Admission | undefined =>
  settings.maxConnections === undefined && settings.maxConnectionsPerAddress === undefined
    ? undefined
    : new Admission(settings, census, number);
