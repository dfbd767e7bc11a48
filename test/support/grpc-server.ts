import {
  createServer,
  createSecureServer,
  type ServerHttp2Stream,
  type SecureServerOptions,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { grpcFrame, GrpcFrames } from '../../src/upstream/callouts/grpc-frames.ts';

export interface GrpcServer {
  readonly port: number;
  /** Metadata of the calls so far. */
  readonly seen: Record<string, unknown>[];
  /** Streams that were reset by the client, by their code. */
  readonly resets: number[];
  close(): void;
}

/**
 * A gRPC server on loopback that speaks the protocol by hand, so that a test can make it break any rule. `test.Echo`: `Say` and
 * `Chat` give each message back, `Fail` ends with a status, `Hang` says nothing, `Http` answers 503 without gRPC, `Cut` closes the
 * connection after the head, `Reset` refuses the stream, `Big` promises 17 MiB, `Zip` compresses, `None` succeeds without
 * a message, `Half` ends in the midst of one, `Flaky` gives the status of
 * the metadata `x-status` to the first `x-times` calls of the id `x-call`, without a message, and then each message back.
 */
export async function startGrpcServer(tls?: SecureServerOptions): Promise<GrpcServer> {
  const seen: Record<string, unknown>[] = [];
  const resets: number[] = [];
  const server = tls ? createSecureServer(tls) : createServer();
  const sockets = new Set<Socket>();
  const tries = new Map<string, number>();
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => sockets.add(socket));
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    seen.push(headers);
    stream.on('error', () => undefined);
    stream.on('close', () => {
      if (stream.rstCode !== 0) resets.push(stream.rstCode);
    });
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    const call = String(headers['x-call']);
    const count = (tries.get(call) ?? 0) + 1;
    tries.set(call, count);
    if (method === 'Flaky' && count <= Number(headers['x-times']))
      stream.respond({ ...head, 'grpc-status': String(headers['x-status']) }, { endStream: true });
    else answer(stream, method);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    resets,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const head = { ':status': 200, 'content-type': 'application/grpc', 'x-initial': 'there' };

function answer(stream: ServerHttp2Stream, method: string): void {
  const finish = (status: number, message = ''): void => {
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-status': status, 'grpc-message': message, 'x-trailing': 'bye' }),
    );
  };
  switch (method) {
    case 'Hang':
      return;
    case 'Fail':
      stream.respond({ ...head, 'grpc-status': 5, 'grpc-message': 'no%20such%20thing' }, { endStream: true });
      return;
    case 'Http':
      stream.respond({ ':status': 503 }, { endStream: true });
      return;
    case 'Reset':
      stream.close(7);
      return;
    case 'Cut':
      stream.respond(head);
      stream.session?.destroy();
      return;
  }
  stream.respond(head, { waitForTrailers: true });
  finish(0);
  if (method === 'None') stream.end();
  else if (method === 'Half') stream.end(grpcFrame(Buffer.from('half')).subarray(0, 7));
  else if (method === 'Zip') stream.end(Buffer.from([1, 0, 0, 0, 1, 65]));
  else if (method === 'Big') stream.end(Buffer.from([0, 1, 0x10, 0, 0, 65]));
  else {
    const frames = new GrpcFrames(1 << 24);
    stream.on('data', (chunk: Buffer) => {
      for (const message of frames.push(chunk)) stream.write(grpcFrame(message));
    });
    stream.on('end', () => stream.end());
  }
}
