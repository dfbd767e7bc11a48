import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import type { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HttpListener } from '../../src/http/listener.ts';
import { eventually } from '../support/wait.ts';
import { sendRaw, statuses } from './raw-client.ts';
import { answer, get, last, listenerParts, Opened } from './world.ts';

describe('HttpListener', () => {
  const http = new Opened();
  afterEach(() => http.close());

  it('gives up a head that does not end', async () => {
    const port = await http.start((exchange) => answer(exchange), { limits: { headerTimeoutMs: 100 } });
    expect(statuses(await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\n'))).to.deep.equal([408]);
  });

  it('closes a connection that stays idle', async () => {
    const port = await http.start((exchange) => answer(exchange), { limits: { keepAliveMs: 500 } });
    expect(statuses(await sendRaw(port, get('/')))).to.deep.equal([200]);
  });

  it('answers what came in time while its thread stood still, before it looks who is late', async () => {
    const port = await http.start(
      (exchange) => {
        answer(exchange);
        // Between sockets and timers, as an event loop goes round.
        const until = performance.now() + (exchange.request.path === '/first' ? 600 : 0);
        while (performance.now() < until);
      },
      { limits: { keepAliveMs: 200 } },
    );
    // In a thread of its own: it goes on while this one stands still.
    const client = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
      const socket = require('node:net').connect(workerData.port, '127.0.0.1');
      let got = '';
      socket.setEncoding('latin1').on('data', (piece) => {
        if (got === '') setTimeout(() => socket.write(workerData.second), 100);
        got += piece;
      });
      socket.on('close', () => parentPort.postMessage(got)).on('error', () => {});
      socket.write(workerData.first);`,
      { eval: true, workerData: { port, first: get('/first'), second: get('/second', last) } },
    );
    const [got] = (await once(client, 'message')) as [string];
    expect(statuses(got)).to.deep.equal([200, 200]);
  });

  for (const [what, bytes, status] of [
    ['a head above the limit', get('/', `X: ${'x'.repeat(20_000)}`), 431],
    ['a target above the limit of a head', get(`/${'x'.repeat(20_000)}`), 431],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const port = await http.start((exchange) => answer(exchange), { limits: { maxHeaderBytes: 16_384 } });
      expect(statuses(await sendRaw(port, bytes))).to.deep.equal([status]);
    });
  }

  it('refuses a head with more fields than the limit', async () => {
    const port = await http.start((exchange) => answer(exchange), { limits: { maxHeaders: 20 } });
    const fields = (count: number): string =>
      get('/', ...Array.from({ length: count }, (_, i) => `X-${i}: 1`));
    expect(statuses(await sendRaw(port, fields(20) + get('/', last)))).to.deep.equal([200, 200]);
    expect(statuses(await sendRaw(port, fields(21)))).to.deep.equal([431]);
  });

  for (const [halfClose, what, expected] of [
    [true, 'answers all that a client has sent before it ended its side', [200, 200]],
    [false, 'takes a client for gone that has ended its side', []],
  ] as const) {
    it(what, async () => {
      // Whoever has gone is answered once that is known: nothing may come of it.
      const later = (exchange: Exchange): void =>
        halfClose ? void setTimeout(() => answer(exchange), 20) : exchange.onAbort(() => answer(exchange));
      const port = await http.start(later, { limits: { halfClose } });
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(`${get('/a')}${get('/b')}GET /c HTT`);
      let text = '';
      socket.setEncoding('latin1').on('data', (piece: string) => void (text += piece));
      await once(socket, 'close');
      expect(statuses(text)).to.deep.equal(expected);
    });
  }

  it('refuses a target above 16 KiB', async () => {
    let refusal: LoomError | undefined;
    const port = await http.start((exchange) => {
      ({ refusal } = exchange);
      answer(exchange);
    });
    await sendRaw(port, get(`/${'x'.repeat(17_000)}`));
    expect(refusal).to.have.property('code', 'uri-too-long');
  });

  it('closes new connections as they come while they are refused; those that there are go on', async () => {
    const reasons: string[] = [];
    const refused = (...[, reason]: readonly string[]): void => void reasons.push(reason ?? '');
    const port = await http.start((exchange) => answer(exchange), { refused });
    const open = await http.open(port);
    const { listener } = http;
    listener?.refuse(true);
    const late = await http.open(port);
    await once(late.socket, 'close');
    expect([late.got(), reasons]).to.deep.equal(['', ['overload']]);
    open.socket.write(get('/'));
    await eventually('an answer', () => open.got().endsWith('ok'));
    listener?.refuse(false);
    expect(statuses(await sendRaw(port, get('/', last)))).to.deep.equal([200]);
  });

  it('drains: the request in flight ends with close, idle connections end at once, new ones are refused', async () => {
    const held: Exchange[] = [];
    const port = await http.start((exchange) => {
      if (exchange.request.path === '/slow') held.push(exchange);
      else answer(exchange);
    });
    const idle = await http.open(port);
    idle.socket.write(get('/'));
    await eventually('an answer', () => idle.got().endsWith('ok'));
    const busy = await http.open(port);
    busy.socket.write(get('/slow'));
    const exchange = await eventually('it began', () => held[0]);
    const idleClosed = once(idle.socket, 'close');
    let stopped = false;
    const stop = (http.listener as HttpListener).stop().then(() => (stopped = true));
    await idleClosed;
    expect(stopped).to.equal(false);
    const late = connect(port, '127.0.0.1');
    const [refused] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    expect(refused.code).to.equal('ECONNREFUSED');
    answer(exchange, 'late');
    await once(busy.socket, 'close');
    await stop;
    expect(busy.got())
      .to.match(/\r\nconnection: close\r\n/i)
      .and.match(/late$/);
  });

  it('drains: a response that still waits for its slow client is not cut', async () => {
    const size = 16 << 20;
    let begun = false;
    const port = await http.start((exchange) => {
      begun = true;
      answer(exchange, 'x'.repeat(size));
    });
    const socket = connect(port, '127.0.0.1');
    http.keep(socket);
    socket.pause();
    socket.write(get('/'));
    await eventually('it was answered', () => begun);
    const stop = http.listener?.stop();
    socket.resume();
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    await once(socket, 'close');
    await stop;
    expect(received).to.be.greaterThan(size);
  });

  it('announces the drain on answers before it stops', async () => {
    const port = await http.start((exchange) => answer(exchange));
    http.listener?.announceDrain();
    expect(await sendRaw(port, get('/'))).to.match(/\r\nconnection: close\r\n/i);
  });

  it('says why it cannot bind', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const second = new HttpListener(
      { name: 'web', host: '127.0.0.1', port, protocol: 'http' },
      listenerParts(),
    );
    const failed = await second.listen().catch((error: Error) => error.message);
    other.close();
    expect(failed).to.equal(`the listener web cannot bind 127.0.0.1:${port}: EADDRINUSE`);
  });

  it('shares its port with other threads', async () => {
    const sharer = new URL('./port-sharer.ts', import.meta.url);
    const workers = [new Worker(sharer, { workerData: 0 })];
    try {
      const [port] = (await once(workers[0] as Worker, 'message')) as [number];
      const second = new Worker(sharer, { workerData: port });
      workers.push(second);
      await once(second, 'message');
      const ids = new Set<string>();
      await eventually('both threads answered', async () => {
        ids.add((await sendRaw(port, get('/', last))).split('\r\n\r\n')[1] ?? '');
        return ids.size === 2;
      });
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  });
});
