import {
  createSecureServer,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { grpcFrame, GrpcFrames } from '../../../src/upstream/callouts/grpc-frames.ts';
import type { TlsPair } from '../../support/tls-pair.ts';

export interface HealthServer {
  readonly port: number;
  /** Services that answer NOT_SERVING. */
  readonly down: Set<string>;
  close(): void;
}

/**
 * HTTP/2 in clear, or with `tls` HTTP/2 and HTTP/1.1 over TLS. `/200` and `/500` answer so, `/hang` never does, and
 * grpc.health.v1.Health knows of the services `` and `up`, and of those in `down`.
 */
export async function healthServer(tls?: TlsPair): Promise<HealthServer> {
  const down = new Set(['down']);
  const answer = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    if (request.headers['content-type'] === 'application/grpc') return check(request, response, down);
    if (request.url === '/hang') return;
    response.statusCode = Number(request.url.slice(1)) || 200;
    response.end('body');
  };
  const server = tls ? createSecureServer({ ...tls, allowHTTP1: true }, answer) : createServer(answer);
  const sockets = new Set<Socket>();
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    down,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function check(request: Http2ServerRequest, response: Http2ServerResponse, down: ReadonlySet<string>): void {
  request.once('data', (piece: Buffer) => {
    const [message = Buffer.alloc(0)] = new GrpcFrames(1024).push(piece);
    const service = message.subarray(2).toString();
    if (service === 'missing') return response.writeHead(404).end();
    response.setHeader('content-type', 'application/grpc');
    if (service !== '' && service !== 'up' && !down.has(service))
      return response.writeHead(200, { 'grpc-status': '5' }).end();
    response.write(grpcFrame(Buffer.from([0x08, down.has(service) ? 2 : 1])));
    response.addTrailers({ 'grpc-status': '0' });
    return response.end();
  });
}
