import { createServer } from 'node:net';

/**
 * Ports below those that the kernel hands out by itself (32768 and up on Linux), so that no outgoing connection takes one
 * between the question and its use. Each process begins at a block of its own.
 */
const [first, last] = [10_000, 31_999];
/** Which `fetch` refuses to ask. */
const blocked = 10_080;
let next = first + ((process.pid * 64) % (last - first));

/** A port of 127.0.0.1 where nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = next === last ? first : next + 1;
    if (port !== blocked && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  // Who asks for a port that was somebody's before must not keep it open.
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
