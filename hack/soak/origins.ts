import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startGrpcServer } from '../../test/support/grpc-server.ts';
import { startEcho } from '../../test/support/websocket.ts';

/** Ports of 127.0.0.1 where the upstreams of the soak are. */
export interface Origins {
  readonly http: readonly number[];
  readonly grpc: number;
  readonly websocket: number;
}

const small = JSON.stringify({ user: { name: 'ada', password: 'secret' }, list: Array(100).fill('loom') });
const large = Buffer.alloc(256 * 1024, 'loom');

function answer(path: string, response: ServerResponse): void {
  if (path.startsWith('/large')) return void response.end(large);
  if (!path.startsWith('/events'))
    return void response.setHeader('content-type', 'application/json').end(small);
  response.setHeader('content-type', 'text/event-stream');
  let left = 10;
  const timer = setInterval(() => {
    response.write(`data: ${left}\n\n`);
    if (--left > 0 && !response.destroyed) return;
    clearInterval(timer);
    response.end();
  }, 20);
}

async function startHttp(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request.url ?? '/', response));
  });
  // Longer than Loom keeps its connections: otherwise some close just when a request comes.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const origins: Origins = {
  http: await Promise.all([startHttp(), startHttp(), startHttp(), startHttp()]),
  grpc: (await startGrpcServer()).port,
  websocket: (await startEcho()).port,
};
process.send?.(origins);
process.on('disconnect', () => process.exit());
