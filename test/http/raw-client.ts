import { connect } from 'node:net';

/** Sends bytes (Latin-1) as they are, and gives all that comes back until the server closes. Fails after 20 s. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  const deadline = setTimeout(() => {
    socket.destroy();
    reject(new Error(`the server kept the connection open after: ${JSON.stringify(received)}`));
  }, 20_000);
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  // A reset after the answer is how a refusal may end.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(deadline);
    resolve(received);
  });
  socket.write(bytes, 'latin1');
  return promise;
}

/** The status of each response in a stream of bytes, 1xx left out. */
export function statuses(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status));
}
