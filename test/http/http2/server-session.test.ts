import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { BodySource } from '../../../src/http/body.ts';
import { CertificateStore } from '../../../src/http/certificates.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import { HeaderList } from '../../../src/http/headers.ts';
import {
  endHeaders,
  endStream,
  fieldBlock,
  frame,
  frameType,
  getFields,
  preface,
} from '../../support/frame-peer.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';
import { eventually } from '../../support/wait.ts';
import { Flood } from '../flood.ts';
import { answer, ignore, Opened } from '../world.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, unknown>;
  readonly body: string;
  readonly trailers: Record<string, unknown> | undefined;
}

async function receive(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers: Record<string, unknown> | undefined;
  stream.on('trailers', (fields) => (trailers = { ...fields }));
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  const body = await text(stream);
  return { status: headers[':status'] as number, headers, body, trailers };
}

describe('ServerSession', () => {
  const http = new Opened();
  let client: ClientHttp2Session | undefined;
  const open = (port: number): ClientHttp2Session => {
    client = connect(`http://127.0.0.1:${port}`);
    client.on('error', ignore);
    return client;
  };
  afterEach(() => {
    client?.destroy();
    http.close();
  });

  it('answers many requests at once on one connection, by prior knowledge on the port of HTTP/1', async () => {
    const port = await http.start((exchange) =>
      setImmediate(() => answer(exchange, `${exchange.wire.version} ${exchange.request.path}`)),
    );
    const session = open(port);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => receive(session.request({ ':path': `/${i}` }))),
    );
    expect(answers.map(({ body }) => body)).to.deep.equal(answers.map((_, i) => `2 /${i}`));
    expect(answers[0]?.headers).to.have.property('date');
  });

  it('shows a request as every other wire does', async () => {
    let seen: Exchange | undefined;
    const port = await http.start((exchange) => answer((seen = exchange)));
    const session = open(port);
    await receive(
      session.request({
        ':method': 'GET',
        ':path': '/a/../b?q=%20',
        ':authority': 'Shop.Example:81',
        'x-a': ['1', '2'],
        cookie: ['a=1', 'b=2'],
        te: 'trailers',
      }),
    );
    expect(seen?.request).to.include({
      method: 'GET',
      path: '/b',
      query: 'q=%20',
      authority: 'shop.example:81',
    });
    const { headers } = seen?.request ?? {};
    expect([headers?.joined('x-a'), headers?.get('cookie'), headers?.has('te')]).to.deep.equal([
      '1, 2',
      'a=1; b=2',
      false,
    ]);
    expect(seen?.requestBody).to.equal(undefined);
  });

  it('passes bodies and trailers both ways', async () => {
    let trailers: HeaderList | undefined;
    const port = await http.start((exchange) => {
      let body = '';
      exchange.requestBody?.start({
        data: (piece) => {
          body += piece.toString();
          return true;
        },
        end: (given) => {
          trailers = given;
          const source: BodySource = {
            length: undefined,
            start: (sink) => {
              sink.data(Buffer.from(body.toUpperCase()));
              sink.end(new HeaderList(['x-sum', '7', 'x-sum', '8']));
            },
            resume: ignore,
            cancel: ignore,
          };
          exchange.wire.respond({ status: 200, headers: new HeaderList() }, source, ignore);
        },
        fail: ignore,
      });
    });
    const stream = open(port).request({ ':method': 'POST' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-in': '1' }));
    stream.write('hello ');
    stream.end('world');
    const got = await receive(stream);
    expect(trailers?.flat).to.deep.equal(['x-in', '1']);
    expect(got).to.include({ status: 200, body: 'HELLO WORLD' });
    expect(got.trailers).to.deep.include({ 'x-sum': '7, 8' });
  });

  for (const [what, fields, status] of [
    ['CONNECT', { ':method': 'CONNECT', ':authority': 'a:1' }, 501],
    ['TRACE', { ':method': 'TRACE', ':path': '/' }, 501],
    ['a path above the root', { ':path': '/../a' }, 400],
    ['a fragment', { ':path': '/a#b' }, 400],
    ['two hosts', { ':path': '/', ':authority': 'a', host: 'b' }, 400],
    ['a target above 16 KiB', { ':path': `/${'x'.repeat(17_000)}` }, 414],
  ] as const) {
    it(`answers ${status} to ${what}, and goes on with the connection`, async () => {
      const port = await http.start((exchange) => answer(exchange));
      const session = open(port);
      expect((await receive(session.request(fields))).status).to.equal(status);
      expect((await receive(session.request({ ':path': '/' }))).status).to.equal(200);
    });
  }

  for (const [what, method, status] of [
    ['HEAD', 'HEAD', 200],
    ['204', 'GET', 204],
    ['304', 'GET', 304],
  ] as const) {
    it(`sends no body with ${what}`, async () => {
      const port = await http.start((exchange) =>
        exchange.wire.respond({ status, headers: new HeaderList() }, Buffer.from('body'), ignore),
      );
      const got = await receive(open(port).request({ ':method': method, ':path': '/' }));
      expect(got).to.include({ status, body: '' });
    });
  }

  it('tells the exchange and the body when the client resets its stream', async () => {
    const flood = new Flood(1 << 30);
    let exchange: Exchange | undefined;
    let ended: Error | undefined;
    const port = await http.start((given) => {
      exchange = given;
      given.wire.respond({ status: 200, headers: new HeaderList() }, flood, (error) => (ended = error));
    });
    const stream = open(port).request({ ':path': '/' });
    await eventually('it streams', () => flood.sent > 0);
    stream.close(constants.NGHTTP2_CANCEL);
    await eventually('done', () => ended !== undefined);
    expect(ended).to.have.property('code', 'client-abort');
    expect(exchange?.aborted).to.have.property('code', 'client-abort');
    expect(flood.cancelled).not.to.equal(undefined);
  });

  it('holds little of a response whose window is closed, and ends its stream when that lasts', async () => {
    const flood = new Flood(64 << 20);
    let ended: Error | undefined;
    const port = await http.start(
      (exchange) =>
        exchange.wire.respond({ status: 200, headers: new HeaderList() }, flood, (error) => (ended = error)),
      { limits: { clientIdleMs: 200 } },
    );
    const stream = open(port).request({ ':path': '/' });
    stream.on('error', ignore);
    await once(stream, 'response');
    // Nobody reads: the window stays closed.
    await eventually('the stream ends', () => ended !== undefined);
    expect(flood.sent).to.be.lessThan(8 << 20);
    const other = await Promise.race([
      once(client as ClientHttp2Session, 'close').then(() => 'closed'),
      eventually('alive', () => true).then(() => 'alive'),
    ]);
    expect(other).to.equal('alive');
  });

  it('gives up a body that stands still', async () => {
    const port = await http.start(
      (exchange) =>
        exchange.requestBody?.start({
          data: () => true,
          end: ignore,
          fail: (error) => {
            exchange.refusal = error as NonNullable<Exchange['refusal']>;
            answer(exchange);
          },
        }),
      { limits: { clientIdleMs: 100 } },
    );
    const stream = open(port).request({ ':method': 'POST', ':path': '/' });
    stream.write('abc');
    expect((await receive(stream)).status).to.equal(408);
  });

  it('closes a connection that stays idle', async () => {
    const port = await http.start((exchange) => answer(exchange), { limits: { keepAliveMs: 500 } });
    const session = open(port);
    await receive(session.request({ ':path': '/' }));
    await once(session, 'close');
  });

  for (const protocol of ['http', 'https'] as const) {
    it(`takes a client for gone that has ended its side (${protocol})`, async () => {
      const certificates = new CertificateStore();
      certificates.set([{ id: 'c', hosts: [], ...makeTlsPair() }]);
      const held: Exchange[] = [];
      const port = await http.start((exchange) => held.push(exchange), { protocol, certificates });
      const to = { port, host: '127.0.0.1' };
      const socket =
        protocol === 'http'
          ? connectTcp(to)
          : connectTls({ ...to, ALPNProtocols: ['h2'], rejectUnauthorized: false });
      http.keep(socket);
      socket.on('error', ignore).resume();
      const get = frame(frameType.headers, endStream | endHeaders, 1, fieldBlock(getFields));
      socket.write(Buffer.concat([preface, frame(frameType.settings, 0, 0), get]));
      const exchange = await eventually('it began', () => held[0]);
      socket.end();
      await eventually('it is told', () => exchange.aborted !== undefined);
      expect(exchange.aborted).to.have.property('code', 'client-abort');
    });
  }

  it('drains: what runs ends, what is new goes elsewhere', async () => {
    const held: Exchange[] = [];
    const port = await http.start((exchange) => held.push(exchange));
    const session = open(port);
    const stream = session.request({ ':path': '/slow' });
    const answered = receive(stream);
    const exchange = await eventually('it began', () => held[0]);
    const goaway = once(session, 'goaway');
    const stopped = http.listener?.stop();
    await goaway;
    answer(exchange, 'late');
    expect((await answered).body).to.equal('late');
    await stopped;
  });

  it('opens a tunnel by extended CONNECT (RFC 8441)', async () => {
    let seen: Exchange | undefined;
    const port = await http.start((exchange) => {
      seen = exchange;
      const { upgrade } = exchange;
      if (!upgrade) return answer(exchange);
      // The bytes of the client are the body of the answer: an echo.
      const headers = new HeaderList(['upgrade', 'websocket', 'sec-websocket-accept', 'x']);
      exchange.wire.respond({ status: 101, headers }, upgrade.bytes, ignore);
    });
    const session = open(port);
    await once(session, 'remoteSettings');
    const stream = session.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat', ':scheme': 'http' },
      { endStream: false },
    );
    stream.setEncoding('utf8');
    let got = '';
    stream.on('data', (piece: string) => (got += piece));
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers).to.include({ ':status': 200 });
    expect(headers).not.to.have.any.keys('upgrade', 'sec-websocket-accept');
    stream.write('ping');
    await eventually('the echo', () => got === 'ping');
    expect(seen?.request).to.include({ method: 'GET', path: '/chat' });
    expect(seen?.request.headers.get('sec-websocket-key')).to.match(/^[A-Za-z0-9+/]{22}==$/);
    const ended = once(stream, 'end');
    stream.end();
    await ended;
  });
});
