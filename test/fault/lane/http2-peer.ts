import { createServer, type ServerHttp2Stream } from 'node:http2';
import { createServer as createRawServer, type Server, type Socket } from 'node:net';
import { grpcFrame } from '../../../src/upstream/callouts/grpc-frames.ts';

/** An upstream of HTTP/2 and gRPC in a process of its own that misbehaves on command, as `http1-peer.ts` does. */
const head = { ':status': 200, 'content-type': 'application/grpc' };
const message = grpcFrame(Buffer.from('well'));

function answerWell(stream: ServerHttp2Stream): void {
  stream.respond(head, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(message);
}

const modes: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  well: answerWell,
  silent: () => undefined,
  'head-only': (stream) => stream.respond(head),
  'reset-before': (stream) => stream.session?.destroy(),
  'reset-in-body': (stream) => {
    stream.respond(head);
    stream.write(message.subarray(0, 3), () => setTimeout(() => stream.session?.destroy(), 50));
  },
  'too-short': (stream) => {
    stream.respond({ ...head, 'content-length': '100' });
    stream.end(message);
  },
  'too-long': (stream) => {
    stream.respond({ ...head, 'content-length': '2' });
    stream.end(message);
  },
  slow: (stream) => {
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    let sent = 0;
    const timer = setInterval(() => {
      stream.write(message.subarray(sent, ++sent));
      if (sent < message.length) return;
      clearInterval(timer);
      stream.end();
    }, 50);
  },
};

const [address = '', port = '0'] = process.argv.slice(2);
let mode = 'well';
let heard = 0;
const sockets = new Set<Socket>();
let server: Server | undefined;

function listen(): void {
  server = mode === 'garbage' ? spoiler() : peer();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(Number(port), address, () => process.send?.(heard));
}

const spoiler = (): Server =>
  createRawServer((socket) => {
    socket.write('no HTTP/2 at all, and enough of it to be a frame\r\n\r\n');
  });

function peer(): Server {
  const made = createServer();
  made.on('session', (session) => session.on('error', () => undefined));
  made.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined).resume();
    heard++;
    modes[mode]?.(stream);
  });
  return made;
}

function hangUp(then: () => void): void {
  for (const socket of sockets) socket.destroy();
  if (!server) return then();
  server.close(() => then());
  server = undefined;
}

process.on('message', (wanted: string) => {
  const ready = (): unknown => process.send?.(heard);
  if (wanted === 'refuse') return hangUp(ready);
  const wasGarbage = mode === 'garbage';
  mode = wanted;
  if (wanted === 'garbage' || wasGarbage) hangUp(listen);
  else if (server) ready();
  else listen();
});
process.on('disconnect', () => process.exit());
listen();
