import { ClientConnection, type Keeper } from './client-connection.ts';

/** Idle connections are kept this long, less than the 60 s after which common servers close them. */
const keepAliveMs = 55_000;
/** More idle ones than this are closed: they were needed once and are not now. */
const maxIdle = 512;

/** The connections of one worker to one endpoint. */
export class EndpointPool implements Keeper {
  readonly host: string;
  readonly port: number;
  /** The most recently used last: the others become old and are closed. */
  readonly #idle: ClientConnection[] = [];
  readonly #all = new Set<ClientConnection>();
  #closed = false;

  constructor(host: string, port: number) {
    this.host = host;
    this.port = port;
  }

  /** Connections, idle and busy. */
  get size(): number {
    return this.#all.size;
  }

  /** One that is idle, the most recently used first, or a new one. */
  take(): ClientConnection {
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection) break;
      if (!connection.socket.destroyed) return connection;
    }
    const connection = new ClientConnection(this.host, this.port, this);
    this.#all.add(connection);
    return connection;
  }

  idle(connection: ClientConnection): void {
    if (this.#closed || this.#idle.length >= maxIdle) return connection.destroy();
    connection.idleSince = performance.now();
    this.#idle.push(connection);
  }

  gone(connection: ClientConnection): void {
    this.#all.delete(connection);
  }

  /** Closes what has been idle for too long. */
  sweep(now: number): void {
    let old = 0;
    while (old < this.#idle.length && now - (this.#idle[old] as ClientConnection).idleSince > keepAliveMs)
      old++;
    for (const connection of this.#idle.splice(0, old)) connection.destroy();
  }

  /** No more is kept: idle connections are closed at once, the others after their exchange. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  destroy(): void {
    this.close();
    for (const connection of this.#all) connection.destroy();
  }
}
