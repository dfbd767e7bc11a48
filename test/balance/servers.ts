import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A server on 127.0.0.1 that can go away and come back on the same port. */
export interface Target {
  readonly port: number;
  /** Connections that were accepted. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export function httpTarget(listener: RequestListener): Promise<Target> {
  return listen(createServer(listener));
}

/** Speaks no HTTP: `onSocket` does what it likes with each connection. */
export function tcpTarget(onSocket: (socket: Socket) => void): Promise<Target> {
  return listen(createTcpServer(onSocket));
}

async function listen(server: Server): Promise<Target> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  const start = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await start(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    restart: () => start(port),
  };
}
