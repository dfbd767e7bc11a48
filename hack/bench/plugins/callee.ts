import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** A service that answers each request after 1 ms, on a thread of its own; posts its port. */
const server = createServer((_request, response) => {
  setTimeout(() => response.writeHead(200, { 'x-user': 'ann' }).end(), 1);
});
server.listen(0, '127.0.0.1', 4096, () => {
  parentPort?.postMessage((server.address() as AddressInfo).port);
});
