import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { network } from './cluster.ts';

/** What a backend says about the request that it got. */
export interface Echo {
  readonly backend: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Backend {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * An HTTP server that answers with an Echo. `/slow` is not answered before `release` is called.
 * `held` counts the requests that wait.
 */
export async function startBackend(
  name: string,
  // An operator connects to nothing on loopback.
  address = network === undefined ? '127.0.0.1' : `${network}.1`,
  port = 0,
): Promise<Backend & { held(): number; release(): void }> {
  const waiting: (() => void)[] = [];
  const server = createServer((request, response: ServerResponse) => {
    const echo: Echo = {
      backend: name,
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
    };
    const answer = (): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(echo));
    };
    if (request.url === '/slow') waiting.push(answer);
    else answer();
  });
  // Operators keep connections: none may end just when a request comes.
  server.keepAliveTimeout = 0;
  server.listen(port, address);
  await once(server, 'listening');
  const bound = server.address();
  return {
    address,
    port: bound && typeof bound === 'object' ? bound.port : 0,
    held: () => waiting.length,
    release: () => {
      for (const answer of waiting.splice(0)) answer();
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
