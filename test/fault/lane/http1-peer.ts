import { createServer, type Server, type Socket } from 'node:net';

/**
 * An upstream of HTTP/1.1 in a process of its own that misbehaves on command: `node http1-peer.ts ADDRESS PORT`, with a mode
 * as each message. Bytes are written by hand, so that they can be wrong.
 */
const modes: Readonly<Record<string, (socket: Socket) => void>> = {
  well: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell'),
  silent: () => undefined,
  'head-only': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
  'reset-before': (socket) => socket.resetAndDestroy(),
  'reset-in-body': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!', () => {
      // Behind the bytes: a reset overtakes what is still on its way.
      setTimeout(() => socket.resetAndDestroy(), 50);
    }),
  garbage: (socket) => socket.write('\u0000\u0001 no HTTP at all\r\n\r\n'),
  'too-short': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!'),
  'too-long': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell and more than that'),
  slow: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n');
    let left = 20;
    const timer = setInterval(() => {
      socket.write('s');
      if (--left === 0) clearInterval(timer);
    }, 50);
    socket.on('close', () => clearInterval(timer));
  },
};

const [address = '', port = '0'] = process.argv.slice(2);
let mode = 'well';
let heard = 0;
const sockets = new Set<Socket>();
let server: Server | undefined;

function listen(then: () => void): void {
  server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    let head = '';
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1');
      for (let end = head.indexOf('\r\n\r\n'); end >= 0; end = head.indexOf('\r\n\r\n')) {
        head = head.slice(end + 4);
        heard++;
        modes[mode]?.(socket);
      }
    });
  }).listen(Number(port), address, then);
}

/** Nobody listens, and all connections are reset: what a process that was killed leaves behind. */
function hangUp(): void {
  server?.close();
  server = undefined;
  for (const socket of sockets) socket.resetAndDestroy();
}

/** Once for each message, and never by itself: whoever waits for an answer must get that to what it has said. */
const ready = (): unknown => process.send?.(heard);

let flapping: NodeJS.Timeout | undefined;
process.on('message', (wanted: string) => {
  clearInterval(flapping);
  if (wanted === 'refuse') {
    hangUp();
    return void ready();
  }
  if (wanted === 'flap') flapping = setInterval(() => (server ? hangUp() : listen(() => undefined)), 200);
  else mode = wanted;
  if (server) ready();
  else listen(ready);
});
process.on('disconnect', () => process.exit());
listen(ready);
