import { parentPort, threadId, workerData } from 'node:worker_threads';
import { HttpListener } from '../../src/http/listener.ts';
import { answer, listenerParts } from './world.ts';

/** A thread that binds the port of its workerData, 0 for any, posts the port, and answers with the number of its thread. */
const listener = new HttpListener(
  { name: 'shared', host: '127.0.0.1', port: workerData as number, protocol: 'http' },
  listenerParts((exchange) => answer(exchange, String(threadId))),
);
const { port } = await listener.listen();
parentPort?.postMessage(port);
