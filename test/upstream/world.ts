import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { Cluster } from '../../src/balance/cluster.ts';
import { EndpointSet } from '../../src/balance/endpoints.ts';
import { SharedState } from '../../src/balance/shared.ts';
import type { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { errorReply } from '../../src/http/respond.ts';
import type { Retries, Timeouts } from '../../src/model/model.ts';
import type { Limits } from '../../src/model/settings.ts';
import type { PlacedUpstream } from '../../src/runtime/messages.ts';
import { Forwarder } from '../../src/upstream/forward.ts';
import { standardRetries } from '../../src/upstream/retries.ts';
import { Pools } from '../../src/upstream/pools.ts';
import { Warmer } from '../../src/upstream/warmer.ts';
import { Opened } from '../http/world.ts';

const noTimeouts: Timeouts = { requestMs: 0, responseMs: 0, idleMs: 0 };

interface Options {
  readonly timeouts?: Partial<Timeouts>;
  readonly retries?: Partial<Retries>;
  readonly maxRequestBodyBytes?: number;
  readonly upstream?: Partial<PlacedUpstream>;
  /** Of the listener. */
  readonly limits?: Partial<Limits>;
  /** The endpoint that a plugin chose. */
  readonly preferred?: string;
  /** Ports of what the endpoints are by the time somebody looks whether they changed. */
  readonly newest?: readonly number[];
}

/** A listener whose requests go to real endpoints, and all that has to be closed after a test. */
export class Gateway {
  readonly opened = new Opened();
  readonly shared: SharedState;
  readonly #pools: Pools;
  readonly #warmer: Warmer;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly exchanges: Exchange[] = [];
  readonly ended: (Error | undefined)[] = [];
  /** What became of retries: `upstream reason outcome`. */
  readonly retried: string[] = [];
  cluster!: Cluster;

  /** `shared`: that of another one, which is a worker of the same process then. */
  constructor(shared = new SharedState()) {
    this.shared = shared;
    this.#pools = new Pools(shared);
    this.#warmer = new Warmer(this.#pools);
  }

  /** @returns the port of an HTTP server. */
  async backend(handle: Parameters<typeof createServer>[1] & object): Promise<number> {
    const server = createServer(handle);
    this.#servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** @returns the port of a server that speaks as it likes. */
  async rawBackend(handle: (socket: Socket) => void): Promise<number> {
    const server = createTcpServer((socket) => {
      this.#sockets.add(socket.on('error', () => undefined));
      handle(socket);
    });
    this.#servers.push(server.listen(0, '127.0.0.1') as Server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** @returns the port of the listener. */
  async start(ports: readonly number[], options: Options = {}): Promise<number> {
    const { shared } = this;
    const at = (port: number, slot: number) => ({ address: '127.0.0.1', port, weight: 1, slot });
    const set: EndpointSet = new EndpointSet(shared, () => {
      if (options.newest) set.replace(options.newest.map(at));
    });
    set.replace(ports.map(at));
    this.cluster = new Cluster(
      { id: 'u', slot: 0, loadBalancer: 'RoundRobin', connectTimeoutMs: 30_000, ...options.upstream },
      set,
      shared,
    );
    const target = {
      choose: () => this.cluster,
      clusters: [this.cluster],
      timeouts: { ...noTimeouts, ...options.timeouts },
      retries: options.retries && { ...standardRetries, ...options.retries },
      maxRequestBodyBytes: options.maxRequestBodyBytes,
    };
    const forwarder = new Forwarder(
      this.#pools,
      { maxRequestBodyBytes: 1 << 30, tunnelIdleMs: 0 },
      (...told) => void this.retried.push(told.join(' ')),
    );
    return this.opened.start(
      (exchange) => {
        this.exchanges.push(exchange);
        exchange.preferredEndpoint = options.preferred ?? '';
        const done = (error?: Error): void => void this.ended.push(error);
        void forwarder
          .forward(exchange, target)
          .catch((error: unknown) => errorReply(error as LoomError, exchange))
          .then(({ head, body }) => exchange.wire.respond(head, body, done));
      },
      options.limits && { limits: options.limits },
    );
  }

  warm(): void {
    this.#warmer.tend([this.cluster]);
  }

  get figures(): Pools['figures'] {
    return this.#pools.figures;
  }

  drain(port: number): void {
    this.#pools.drain('u', `127.0.0.1:${port}`);
  }

  /** Requests in flight at each endpoint. */
  get inFlight(): readonly number[] {
    return this.cluster.endpoints.current.map((endpoint) => endpoint.inFlight);
  }

  async close(): Promise<void> {
    this.opened.close();
    this.#warmer.close();
    this.#pools.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    }
  }
}

/** A port on which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
