import { LiveSet } from '../../structures/live-set.ts';
import type { EndpointPool, Outgoing, PoolFigures, Receiver } from '../request.ts';
import { Seats, type SeatPlan } from '../seats.ts';
import type { Transport } from '../transport.ts';
import { ClientConnection, type Keeper } from './client-connection.ts';
import { RequestSender } from './request-sender.ts';

/** More idle ones than this are closed: they were needed once and are not now. */
const maxIdle = 512;
/** Requests that a connection goes on to at once while others wait elsewhere: then it is their turn. */
const maxTurns = 8;

/** Connections of HTTP/1.1 to one endpoint: a request at a time on each. */
export class ConnectionPool implements EndpointPool, Keeper {
  readonly #transport: Transport;
  readonly #host: string;
  readonly #port: number;
  /** undefined: as many as there are requests. */
  readonly #seats: Seats | undefined;
  /** The most recently used last: the others become old and are closed. */
  readonly #idle: ClientConnection[] = [];
  readonly #all = new LiveSet<ClientConnection>();
  /** In the order in which they came. */
  readonly #waiting = new LiveSet<RequestSender>();
  #closed = false;

  constructor(transport: Transport, host: string, port: number, plan?: SeatPlan) {
    this.#transport = transport;
    this.#host = host;
    this.#port = port;
    this.#seats = plan && new Seats(plan, this);
  }

  get isEmpty(): boolean {
    return this.#all.size === 0 && this.#waiting.size === 0;
  }

  get figures(): PoolFigures {
    const idle = this.#idle.length;
    return { idle, busy: this.#all.size - idle, pending: this.#waiting.size };
  }

  begin(outgoing: Outgoing, maxBodyBytes: number, receiver: Receiver): RequestSender {
    const sender = new RequestSender(outgoing, maxBodyBytes, receiver, this);
    const connection = this.#free() ?? this.#dial();
    if (connection) sender.enter(connection);
    else {
      this.#seats?.queue();
      this.#waiting.add(sender);
    }
    return sender;
  }

  forget(sender: RequestSender): void {
    if (this.#waiting.delete(sender)) this.#seats?.unqueue();
  }

  idle(connection: ClientConnection): void {
    const now = performance.now();
    const { keepAliveMs, maxRequests, maxAgeMs } = this.#transport;
    const isWorn = connection.requests >= maxRequests || now - connection.bornAt >= maxAgeMs;
    if (isWorn || keepAliveMs === 0) return this.#drop(connection);
    const next = this.#waiting.size > 0 ? this.#next(connection) : undefined;
    if (next) {
      next.enter(connection);
      return next.receiver.connected();
    }
    const isSurplus =
      this.#closed || this.#idle.length >= maxIdle || this.#seats?.isWanted(this.#waiting.size);
    if (isSurplus) return this.#drop(connection, false);
    connection.turns = 0;
    connection.idleSince = now;
    this.#idle.push(connection);
  }

  gone(connection: ClientConnection): void {
    if (!this.#all.delete(connection)) return;
    this.#seats?.give();
    this.#admit();
  }

  sweep(now: number): void {
    const { keepAliveMs, maxAgeMs, prewarm, connectTimeoutMs } = this.#transport;
    let old = 0;
    while (old < this.#idle.length && now - (this.#idle[old] as ClientConnection).idleSince > keepAliveMs)
      old++;
    for (const connection of this.#idle.splice(0, old)) connection.destroy();
    if (maxAgeMs !== Infinity)
      for (const connection of this.#idle) if (now - connection.bornAt >= maxAgeMs) connection.destroy();
    if (prewarm === 0 || connectTimeoutMs === 0) return;
    for (const connection of this.#all.values())
      if (connection.isWarming && now - connection.bornAt > connectTimeoutMs) connection.destroy();
  }

  share(): void {
    this.#admit();
    if (this.#seats?.isWanted(this.#waiting.size)) this.yieldOne();
  }

  yieldOne(): boolean {
    const connection = this.#idle.shift();
    if (connection) this.#drop(connection, false);
    return connection !== undefined;
  }

  warm(connections: number): void {
    while (!this.#closed && this.#all.size < connections) if (!this.#dial()) return;
  }

  drain(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
  }

  leave(): void {
    this.#seats?.close();
  }

  destroy(): void {
    this.#closed = true;
    this.#waiting.clear();
    for (const connection of this.#all.values()) connection.destroy();
  }

  /** One that is idle, the most recently used first. */
  #free(): ClientConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (!connection || !connection.socket.destroyed) return connection;
    }
  }

  /** A new one, where there is room. */
  #dial(): ClientConnection | undefined {
    if (this.#seats && !this.#seats.take()) return undefined;
    const connection = new ClientConnection(this.#transport, this.#host, this.#port, this);
    this.#all.add(connection);
    return connection;
  }

  /** The request that a connection goes on to; none where others have waited long enough for its seat. */
  #next(connection: ClientConnection): RequestSender | undefined {
    if (connection.turns++ >= maxTurns && this.#seats?.isWanted(this.#waiting.size)) return undefined;
    const sender = this.#waiting.first;
    if (sender) this.forget(sender);
    return sender;
  }

  /** Makes connections for those who wait. */
  #admit(): void {
    for (let sender = this.#waiting.first; sender; sender = this.#waiting.first) {
      const connection = this.#dial();
      if (!connection) return;
      this.forget(sender);
      sender.enter(connection);
      sender.receiver.dialled();
    }
  }

  /** `own`: who waits here may have its seat at once. */
  #drop(connection: ClientConnection, own = true): void {
    connection.destroy();
    if (!this.#all.delete(connection)) return;
    this.#seats?.give();
    if (own) this.#admit();
  }
}
