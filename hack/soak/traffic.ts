import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type ClientHttp2Session } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { grpcFrame } from '../../src/upstream/callouts/grpc-frames.ts';
import { closeCode, frame, readFrames, tunnelWires } from '../../test/support/websocket.ts';

/** What became of one kind of traffic. */
export interface Tally {
  readonly kind: string;
  done: number;
  readonly errors: Record<string, number>;
}

const port = Number(process.argv[2]);
const pauseMs = 60;
const tallies: Tally[] = [];
const traffic = { running: true };
/**
 * Each connection in its turn. With the youngest first, Node's way, what a busy moment has opened lies idle until Loom closes it, and
 * a request that is on its way then is nobody's failure (RFC 9112 section 9.5).
 */
const agent = new Agent({ keepAlive: true, scheduling: 'fifo' });

/** Throws what went wrong. */
function ask(path: string, { body = '', keep = true, abort = false } = {}): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const outgoing = request(
    {
      host: '127.0.0.1',
      port,
      path,
      method: body === '' ? 'GET' : 'POST',
      headers: { 'accept-encoding': 'gzip', ...(body !== '' && { 'content-type': 'application/json' }) },
      agent: keep ? agent : false,
    },
    (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.once('data', () => abort && outgoing.destroy());
      response.resume().on('error', () => undefined);
      response.on('close', () =>
        response.complete || abort ? resolve() : reject(new Error('a response that was cut')),
      );
    },
  );
  const failed = (error: Error): void =>
    reject(outgoing.reusedSocket ? new Error(`${error.message}, on a connection that was kept`) : error);
  outgoing.on('error', failed).end(body === '' ? undefined : body);
  return promise;
}

/** Requests on connections that carry a hundred each. */
function http2(): (fields: Record<string, string>, messages?: readonly string[]) => Promise<void> {
  let session: ClientHttp2Session | undefined;
  let left = 0;
  return async (fields, messages = []) => {
    if (!session || session.closed || session.destroyed || left-- === 0) {
      session?.close();
      session = connect(`http://127.0.0.1:${port}`).on('error', () => undefined);
      left = 100;
    }
    const stream = session.request(fields, { endStream: messages.length === 0 });
    for (const message of messages) stream.write(grpcFrame(Buffer.from(message)));
    if (messages.length > 0) stream.end();
    let said: Record<string, unknown> = {};
    stream.on('response', (head) => (said = { ...said, ...head }));
    stream.on('trailers', (tail) => (said = { ...said, ...tail }));
    stream.resume();
    await once(stream, 'close');
    if (stream.rstCode !== 0) throw new Error(`reset with ${stream.rstCode}`);
    if (said[':status'] !== 200) throw new Error(`status ${JSON.stringify(said[':status'])}`);
    const { 'grpc-status': grpc } = said;
    if (messages.length > 0 && grpc !== '0') throw new Error(`grpc-status ${JSON.stringify(grpc)}`);
  };
}

const call = (method: string): Record<string, string> => ({
  ':path': `/test.Echo/${method}`,
  ':method': 'POST',
  'content-type': 'application/grpc',
  te: 'trailers',
});

/** Ten words said and heard again, and a farewell. */
async function chat(wire: 'HTTP/1.1' | 'HTTP/2'): Promise<void> {
  const client = await (tunnelWires[wire] as (typeof tunnelWires)[string])(port);
  const heard: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const say = (): unknown => client.write(frame(`word ${heard.length}`, { masked: true }));
  readFrames(client, (found) => {
    if (found.opcode === 8)
      return closeCode(found) === 1000 ? resolve() : reject(new Error(`closed with ${closeCode(found)}`));
    heard.push(found.payload.toString());
    if (heard.length < 10) say();
    else client.write(frame(Buffer.from([0x03, 0xe8]), { opcode: 8, masked: true }));
  });
  client.on('close', () => reject(new Error('a WebSocket that was cut')));
  say();
  await promise;
  client.end();
  client.destroy();
}

/** Rejects after a minute: a client that waits for ever would hide what it waits for. */
async function tooLate(): Promise<never> {
  await setTimeout(60_000, undefined, { ref: false });
  throw new Error('nothing for a minute');
}

/** `clients` of them, each again and again with pauses. */
function keepOn(kind: string, clients: number, make: () => () => Promise<void>): Promise<unknown> {
  const tally: Tally = { kind, done: 0, errors: {} };
  tallies.push(tally);
  const client = async (): Promise<void> => {
    const act = make();
    while (traffic.running) {
      try {
        await Promise.race([act(), tooLate()]);
        tally.done++;
      } catch (error) {
        const text = (error as Error).message;
        tally.errors[text] = (tally.errors[text] ?? 0) + 1;
      }
      await setTimeout(pauseMs * (0.5 + Math.random()));
    }
  };
  return Promise.all(Array.from({ length: clients }, client));
}

const body = JSON.stringify({ user: { name: 'bob' }, text: 'x'.repeat(2000) });
const kinds = [
  keepOn('HTTP/1.1 GET', 6, () => () => ask('/api/items')),
  keepOn('HTTP/1.1 POST, bodies changed by a plugin', 3, () => () => ask('/transform', { body })),
  keepOn('HTTP/1.1, a connection each', 2, () => () => ask('/api/once', { keep: false })),
  keepOn('HTTP/1.1, 256 KiB', 1, () => () => ask('/large')),
  keepOn('HTTP/1.1, given up in the body', 1, () => () => ask('/large', { keep: false, abort: true })),
  keepOn('server-sent events', 1, () => () => ask('/events')),
  keepOn('HTTP/2 GET', 4, () => {
    const send = http2();
    return () => send({ ':path': '/api/items' });
  }),
  keepOn('gRPC, one message', 2, () => {
    const send = http2();
    return () => send(call('Say'), ['hello']);
  }),
  keepOn('gRPC, a stream', 1, () => {
    const send = http2();
    return () => send(call('Chat'), ['one', 'two', 'three', 'four', 'five']);
  }),
  keepOn('WebSocket over HTTP/1.1', 2, () => () => chat('HTTP/1.1')),
  keepOn('WebSocket over HTTP/2', 1, () => () => chat('HTTP/2')),
];
process.on('disconnect', () => process.exit());
process.once('message', () => {
  traffic.running = false;
  void Promise.all(kinds).then(() => {
    agent.destroy();
    process.send?.(tallies);
  });
});
