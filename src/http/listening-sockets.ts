import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { descriptors } from './descriptors.ts';

/**
 * libuv takes one connection from a listening socket in each round of the event loop. While rounds are long, clients wait unseen in
 * the queue of the kernel, longer than any of them would: where three times the capacity is asked for, one socket gives a goodput of
 * 0 %, sixteen give 72 %, and these 93 % (`npm run bench:overload`).
 */
const mostSockets = 64;
/** Where a process may have few file descriptors: a 256th of them for each address and worker. */
const socketsPerAddress = Math.max(1, Math.min(mostSockets, Math.floor(descriptors.limit / 256)));

interface SocketParts {
  readonly accepted: (socket: Socket) => void;
  /** A connection was closed because none are wanted. */
  readonly dropped: () => void;
}

/** What one worker listens with at one address. */
export class ListeningSockets {
  readonly #servers: readonly Server[];

  constructor({ accepted, dropped }: SocketParts) {
    const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
    this.#servers = Array.from({ length: socketsPerAddress }, () =>
      createServer(options, accepted).on('drop', dropped),
    );
  }

  /** Binds with SO_REUSEPORT, so that every worker can. Port 0: any free one. Rejects with what the system says. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    const [first, ...others] = this.#servers as [Server, ...Server[]];
    await bind(first, host, port);
    const bound = first.address() as AddressInfo;
    await Promise.all(others.map((server) => bind(server, host, bound.port)));
    return bound;
  }

  /** Closes new connections as they come, or lets them in again. */
  refuse(refusing: boolean): void {
    for (const server of this.#servers) server.maxConnections = refusing ? 0 : Infinity;
  }

  /** No new connections. Resolves when none is left. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve()))),
    );
  }
}

function bind(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: host || undefined, port, reusePort: true, backlog: 4096 }, resolve);
  return promise;
}
