import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Backend {
  readonly port: number;
  /** Requests so far. */
  readonly seen: readonly IncomingMessage[];
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What the echo backend answers: who it is, and the request as it arrived. */
export interface Echo {
  readonly backend: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A real HTTP server on a loopback port of its own. */
export async function startBackend(handle: Handler, address = '127.0.0.1'): Promise<Backend> {
  const seen: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(request);
    handle(request, response);
  });
  // Longer than Loom keeps its connections: otherwise some end just when a request comes.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers every request with an `Echo` as JSON; `/health` with 200. */
export function echoBackend(name: string): Promise<Backend> {
  return startBackend((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ backend: name, method, url, headers, body }));
    });
  });
}
