import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ignore } from '../http/world.ts';
import { FramePeer, frameType } from '../support/frame-peer.ts';
import { eventually } from '../support/wait.ts';
import { Gateway } from './world.ts';

describe('a connection of an upstream that goes away', () => {
  let gateway: Gateway;
  let client: ClientHttp2Session | undefined;
  /** What each connection of the upstream got, in the order in which they came. */
  let peers: FramePeer[];
  beforeEach(() => {
    gateway = new Gateway();
    peers = [];
  });
  afterEach(async () => {
    client?.destroy();
    await gateway.close();
  });

  const clientOf = (port: number): ClientHttp2Session => {
    client = connect(`http://127.0.0.1:${port}`);
    client.on('error', ignore);
    return client;
  };
  /** One endpoint of raw frames. */
  async function start(): Promise<ClientHttp2Session> {
    const port = await gateway.rawBackend((socket) => peers.push(FramePeer.accept(socket)));
    return clientOf(await gateway.start([port], { upstream: { protocol: 'H2c' } }));
  }
  const peer = (i: number, streams: number): Promise<FramePeer> =>
    eventually(`${streams} streams on connection ${i}`, () =>
      peers[i] && peers[i].streams.length === streams ? peers[i] : undefined,
    );

  it('answers what it has seen; the rest is asked again on the next one, of the same endpoint too', async () => {
    const session = await start();
    const streams = Array.from({ length: 5 }, (_, i) =>
      session.request({ ':method': 'POST', ':path': `/${i}` }, { endStream: true }),
    );
    const first = await peer(0, 5);
    const [seen, ...unseen] = first.streams as [number, ...number[]];
    first.goaway(seen);
    const second = await peer(1, unseen.length);
    for (const stream of second.streams) second.answer(stream, 'second');
    first.answer(seen, 'first');
    const bodies = await Promise.all(streams.map((stream) => text(stream)));
    expect(bodies.toSorted()).to.deep.equal(['first', 'second', 'second', 'second', 'second']);
    expect(gateway.exchanges.map(({ attempts }) => attempts)).to.deep.equal([1, 1, 1, 1, 1]);
    await eventually('all are counted out', () => gateway.inFlight[0] === 0);
    await eventually('the first is closed', () => first.isClosed);
  });

  it('says first that it will, and then what it has seen', async () => {
    const session = await start();
    const streams = [session.request({ ':path': '/1' }), session.request({ ':path': '/2' })];
    const first = await peer(0, 2);
    first.goaway(2 ** 31 - 1);
    const later = session.request({ ':path': '/3' });
    const second = await peer(1, 1);
    second.answer(second.streams[0] as number, 'second');
    expect(await text(later)).to.equal('second');
    first.goaway(first.streams[1] as number);
    for (const stream of first.streams) first.answer(stream, 'first');
    expect(await Promise.all(streams.map((stream) => text(stream)))).to.deep.equal(['first', 'first']);
  });

  it('is not asked for ever when it does nothing else', async () => {
    const session = await start();
    const stream = session.request({ ':path': '/' });
    const [headers] = await Promise.all([
      once(stream, 'response').then(([fields]: unknown[]) => fields as Record<string, unknown>),
      (async () => {
        for (let i = 0; i < 4; i++) (await peer(i, 1)).goaway(0);
      })(),
    ]);
    expect([headers[':status'], peers.length]).to.deep.equal([503, 4]);
  });

  it('fails a request whose body has begun to go there', async () => {
    const session = await start();
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.write('some');
    const first = await peer(0, 1);
    await eventually('the body', () => first.find(frameType.data, first.streams[0] as number));
    first.goaway(0);
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect([headers[':status'], peers.length]).to.deep.equal([502, 1]);
  });

  it('loses nothing that it has not seen when it goes with an error, too', async () => {
    const session = await start();
    const stream = session.request({ ':path': '/' });
    const first = await peer(0, 1);
    first.goaway(0, 11);
    const second = await peer(1, 1);
    second.answer(second.streams[0] as number, 'second');
    expect(await text(stream)).to.equal('second');
  });

  it('loses nothing of five hundred requests while every connection drains after ten of them', async () => {
    const server = createServer({ settings: { maxConcurrentStreams: 20 } });
    const sessions: ServerHttp2Session[] = [];
    server.on('session', (session) => {
      sessions.push(session);
      let served = 0;
      session.on('stream', (stream, headers) => {
        stream.on('error', ignore);
        stream.respond();
        setImmediate(() => stream.end(String(headers[':path'])));
        if (++served === 10) session.close();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const session = clientOf(await gateway.start([port], { upstream: { protocol: 'H2c' } }));
      let next = 0;
      const lost: string[] = [];
      await Promise.all(
        Array.from({ length: 25 }, async () => {
          while (next < 500) {
            const path = `/${next++}`;
            const body = await text(session.request({ ':path': path }));
            if (body !== path) lost.push(`${path}: ${body}`);
          }
        }),
      );
      expect(lost).to.deep.equal([]);
      expect(sessions.length).to.be.at.least(20);
    } finally {
      for (const session of sessions) session.destroy();
      server.close();
    }
  });
});
