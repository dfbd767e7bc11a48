import { createServer } from 'node:net';

/**
 * Ports below those that the kernel hands out by itself (32768 and up on Linux), so that no outgoing connection takes one
 * between the question and its use. Each process begins at a block of its own.
 */
const [first, last] = [10_000, 31_999];
let next = first + ((process.pid * 64) % (last - first));

/** A port of 127.0.0.1 where nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = next === last ? first : next + 1;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
