import type { EndpointPool, Outgoing, Receiver } from '../request.ts';
import type { Transport } from '../transport.ts';
import { ClientConnection, type Keeper } from './client-connection.ts';
import { RequestSender } from './request-sender.ts';

/** More idle ones than this are closed: they were needed once and are not now. */
const maxIdle = 512;

/** Connections of HTTP/1.1 to one endpoint: a request at a time on each. */
export class ConnectionPool implements EndpointPool, Keeper {
  readonly #transport: Transport;
  readonly #host: string;
  readonly #port: number;
  /** The most recently used last: the others become old and are closed. */
  readonly #idle: ClientConnection[] = [];
  readonly #all = new Set<ClientConnection>();
  #closed = false;

  constructor(transport: Transport, host: string, port: number) {
    this.#transport = transport;
    this.#host = host;
    this.#port = port;
  }

  get size(): number {
    return this.#all.size;
  }

  begin(outgoing: Outgoing, maxBodyBytes: number, receiver: Receiver): RequestSender {
    const connection = this.#take();
    const sender = new RequestSender(connection, outgoing, maxBodyBytes, receiver);
    connection.take(receiver, sender, outgoing.request.method);
    return sender;
  }

  /** One that is idle, the most recently used first, or a new one. */
  #take(): ClientConnection {
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection) break;
      if (!connection.socket.destroyed) return connection;
    }
    const connection = new ClientConnection(this.#transport, this.#host, this.#port, this);
    this.#all.add(connection);
    return connection;
  }

  idle(connection: ClientConnection): void {
    if (this.#closed || this.#idle.length >= maxIdle) return connection.destroy();
    const now = performance.now();
    const { keepAliveMs, maxRequests, maxAgeMs } = this.#transport;
    const isWorn = connection.requests >= maxRequests || now - connection.bornAt >= maxAgeMs;
    if (isWorn || keepAliveMs === 0) return connection.destroy();
    connection.idleSince = now;
    this.#idle.push(connection);
  }

  gone(connection: ClientConnection): void {
    this.#all.delete(connection);
  }

  sweep(now: number): void {
    const { keepAliveMs, maxAgeMs } = this.#transport;
    let old = 0;
    while (old < this.#idle.length && now - (this.#idle[old] as ClientConnection).idleSince > keepAliveMs)
      old++;
    for (const connection of this.#idle.splice(0, old)) connection.destroy();
    if (maxAgeMs === Infinity) return;
    for (const connection of this.#idle) if (now - connection.bornAt >= maxAgeMs) connection.destroy();
  }

  drain(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  destroy(): void {
    this.#closed = true;
    for (const connection of this.#all) connection.destroy();
  }
}
