import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ServerHttp2Stream, type ServerOptions } from 'node:http2';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { sendRaw } from '../http/raw-client.ts';
import { get, ignore, last } from '../http/world.ts';
import { makeTlsPair, type TlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';
import { Peer, type Handle } from './http2-peer.ts';
import { Gateway } from './world.ts';

const post = (body: string, ...fields: string[]): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${[...fields, last].join('\r\n')}\r\n\r\n${body}`;

describe('an upstream that speaks HTTP/2', () => {
  let gateway: Gateway;
  const peers: Peer[] = [];
  const clients: ClientHttp2Session[] = [];
  beforeEach(() => (gateway = new Gateway()));
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await gateway.close();
    for (const peer of peers.splice(0)) peer.close();
  });

  function peerOf(handle: Handle, options?: ServerOptions, pair?: TlsPair): Peer {
    const peer = new Peer(handle, options, pair);
    peers.push(peer);
    return peer;
  }

  /** `twice`: the peer is two endpoints. */
  async function start(
    peer: Peer,
    { twice, ...options }: Parameters<Gateway['start']>[1] & { twice?: boolean } = {},
  ): Promise<number> {
    const port = await peer.listen();
    const upstream = { protocol: 'H2c', ...options.upstream } as const;
    return gateway.start(twice ? [port, port] : [port], { ...options, upstream });
  }

  function clientOf(port: number): ClientHttp2Session {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', ignore);
    clients.push(session);
    return session;
  }

  it('gets the request as it was routed, and gives back status, fields, body and trailers', async () => {
    let seen: string[] = [];
    const peer = peerOf((stream, _headers, raw) => {
      seen = raw;
      stream.respond([':status', '201', 'x-a', '1', 'x-a', '2'], { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
      stream.end('hello');
    });
    const got = await sendRaw(await start(peer), get('/a/../b?q=1', 'X-B: 1', 'X-B: 2', last));
    expect(seen.slice(0, 12)).to.deep.equal([
      ':method',
      'GET',
      ':scheme',
      'http',
      ':authority',
      'a',
      ':path',
      '/b?q=1',
      'x-b',
      '1',
      'x-b',
      '2',
    ]);
    expect(got)
      .to.match(/^HTTP\/1\.1 201 /)
      .and.match(/\r\nx-a: 1\r\nx-a: 2\r\n/)
      .and.match(/\r\n5\r\nhello\r\n0\r\nx-sum: 7\r\n\r\n$/);
  });

  it('gets bodies with their trailers', async () => {
    let trailers: unknown;
    const peer = peerOf((stream) => {
      stream.on('trailers', (fields: object) => (trailers = { ...fields }));
      void text(stream).then((body) => {
        stream.respond();
        stream.end(`got ${body}`);
      });
    });
    const bytes = post('3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n', 'Transfer-Encoding: chunked');
    expect(await sendRaw(await start(peer), bytes)).to.match(/got abc/);
    expect(trailers).to.include({ 'x-t': '1' });
    expect(gateway.exchanges[0]?.requestBytes).to.equal(3);
  });

  it('serves many requests on one connection, and on more when its streams are used up', async () => {
    const held: ServerHttp2Stream[] = [];
    const peer = peerOf((stream) => void held.push(stream), { settings: { maxConcurrentStreams: 4 } });
    const session = clientOf(await start(peer));
    const streams = Array.from({ length: 10 }, (_, i) => session.request({ ':path': `/${i}` }));
    await eventually('all have arrived', () => held.length === 10);
    expect(peer.sessions.length).to.equal(3);
    for (const stream of held) {
      stream.respond();
      stream.end('done');
    }
    const bodies = await Promise.all(streams.map((stream) => text(stream)));
    expect(bodies).to.deep.equal(bodies.map(() => 'done'));
    expect(gateway.inFlight).to.deep.equal([0]);
  });

  it('keeps a response of a head alone a head alone', async () => {
    const peer = peerOf((stream) => stream.respond({ 'grpc-status': '5' }, { endStream: true }));
    const stream = clientOf(await start(peer)).request({ ':path': '/' });
    const [headers, flags] = (await once(stream, 'response')) as [Record<string, unknown>, number];
    expect([headers['grpc-status'], flags & 1]).to.deep.equal(['5', 1]);
  });

  it('tries again what the peer has refused before it looked at it', async () => {
    const peer = peerOf((stream) => {
      if (peer.streams === 1) stream.close(7);
      else {
        stream.respond();
        stream.end('second');
      }
    });
    const port = await start(peer, { twice: true });
    // A POST: only what was not processed may be sent again.
    const stream = clientOf(port).request({ ':method': 'POST', ':path': '/' }, { endStream: true });
    expect(await text(stream)).to.equal('second');
    expect(gateway.exchanges[0]?.attempts).to.equal(2);
  });

  it('does not send a body twice: what was refused with one fails', async () => {
    const port = await start(
      peerOf((stream) => stream.close(7)),
      { twice: true },
    );
    expect(await sendRaw(port, post('abc', 'Content-Length: 3'))).to.match(
      /^HTTP\/1\.1 502 .*upstream-reset/s,
    );
    expect(gateway.exchanges[0]?.attempts).to.equal(1);
  });

  it('answers 502 when a stream is reset, and resets the client’s with the same code once its head is out', async () => {
    const peer = peerOf((stream, headers) => {
      if (headers[':path'] === '/late') {
        stream.respond({}, { waitForTrailers: true });
        stream.write('some', () => stream.close(11));
      } else stream.close(2);
    });
    const port = await start(peer);
    expect(await sendRaw(port, post('abc', 'Content-Length: 3'))).to.match(
      /^HTTP\/1\.1 502 .*upstream-reset/s,
    );
    const stream = clientOf(port).request({ ':path': '/late' });
    stream.resume();
    stream.on('error', ignore);
    await eventually('it was reset', () => stream.rstCode === 11);
  });

  it('resets the stream when the client cancels', async () => {
    let closed: number | undefined;
    const peer = peerOf((stream) => void stream.on('close', () => (closed = stream.rstCode)));
    const stream = clientOf(await start(peer)).request({ ':path': '/' });
    await eventually('it has arrived', () => peer.streams === 1);
    stream.close(8);
    await eventually('it was reset', () => closed === 8);
    await eventually('it was counted out', () => gateway.inFlight[0] === 0);
  });

  it('does not take a lost connection for the end of a response', async () => {
    const peer = peerOf((stream) => {
      stream.respond();
      stream.write('some', () => stream.session?.destroy());
    });
    const received = await sendRaw(await start(peer), get('/', last));
    expect(received)
      .to.match(/some/)
      .and.not.match(/0\r\n\r\n$/);
    await eventually('its end is told', () => gateway.ended.length === 1);
    expect(gateway.ended[0]).to.be.instanceOf(Error);
  });

  it('makes the upstream wait for a slow client', async () => {
    let written = 0;
    const piece = Buffer.alloc(65_536, 1);
    const peer = peerOf((stream) => {
      stream.respond();
      const pour = (): void => {
        while (written < 64 << 20) {
          written += piece.length;
          if (!stream.write(piece)) break;
        }
        if (written >= 64 << 20) stream.end();
      };
      stream.on('drain', pour);
      pour();
    });
    const { socket } = await gateway.opened.open(await start(peer));
    socket.pause();
    socket.write(get('/'));
    let before = -1;
    await eventually('it stands still', async () => {
      const same = written === before && written > 0;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return same;
    });
    expect(written).to.be.lessThan(16 << 20);
    socket.resume();
    await eventually('all of it has come', () => socket.bytesRead > 64 << 20);
  });

  it('upgrades by extended CONNECT', async () => {
    let seen: Record<string, string> = {};
    const peer = peerOf(
      (stream, headers) => {
        seen = headers;
        stream.respond();
        stream.pipe(stream);
      },
      { settings: { enableConnectProtocol: true } },
    );
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const fields = ['Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Key: ${key}`];
    const { socket, got } = await gateway.opened.open(await start(peer));
    socket.write(`${get('/chat', ...fields)}first`);
    await eventually('the upgrade and an echo', () => got().endsWith('\r\n\r\nfirst'));
    expect(got())
      .to.match(/^HTTP\/1\.1 101 /)
      .and.match(/\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
    expect(seen).to.include({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
    expect(seen).to.not.have.property('sec-websocket-key');
    socket.end();
    await once(socket, 'close');
  });

  it('answers 502 to an upgrade that it does not take', async () => {
    const port = await start(peerOf((stream) => stream.respond()));
    const fields = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', last];
    expect(await sendRaw(port, get('/', ...fields))).to.match(/^HTTP\/1\.1 502 .*upgrade-unsupported/s);
  });

  it('answers 502 where HTTP/1 is spoken, and 504 where nothing is said', async () => {
    const http1 = await gateway.rawBackend((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    const silent = await gateway.rawBackend(ignore);
    const upstream = { protocol: 'H2c' } as const;
    expect(await sendRaw(await gateway.start([http1], { upstream }), get('/', last))).to.match(
      /^HTTP\/1\.1 502 .*upstream-protocol/s,
    );
    const hasty = { ...upstream, connectTimeoutMs: 500 };
    expect(await sendRaw(await gateway.start([silent], { upstream: hasty }), get('/', last))).to.match(
      /^HTTP\/1\.1 504 .*connect-timeout/s,
    );
  });

  it('speaks it over TLS', async () => {
    const pair = makeTlsPair();
    const peer = peerOf(
      (stream, headers) => {
        stream.respond();
        stream.end(`${headers[':scheme']} ${stream.session?.alpnProtocol}`);
      },
      {},
      pair,
    );
    const port = await start(peer, { upstream: { protocol: 'H2', tls: { ca: pair.cert } } });
    expect(await sendRaw(port, get('/', last))).to.match(/https h2/);
  });
});
