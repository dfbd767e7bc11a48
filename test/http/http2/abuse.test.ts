import { expect } from 'chai';
import { HeaderList } from '../../../src/http/headers.ts';
import type { Limits } from '../../../src/model/settings.ts';
import {
  endHeaders,
  endStream,
  fieldBlock,
  frame,
  FramePeer,
  frameType,
  getFields,
  settings,
  word,
} from '../../support/frame-peer.ts';
import { eventually } from '../../support/wait.ts';
import { Flood } from '../flood.ts';
import { answer, ignore, Opened } from '../world.ts';

const get = fieldBlock(getFields);
const held = fieldBlock([...getFields.slice(0, 3), [':path', '/held']]);
const request = (stream: number, block = get, flags = endStream | endHeaders): Buffer =>
  frame(frameType.headers, flags, stream, block);
const cancel = (stream: number): Buffer => frame(frameType.reset, 0, stream, word(8));
const nothing = Buffer.alloc(0);
const never = '/held';
/** A field of 4 KB for the dynamic table (RFC 7541 section 6.2.1), and a thousand references to it. */
const inserted = Buffer.concat([Buffer.from([0x40, 1, 0x61, 127, 0xa1, 0x1e]), Buffer.alloc(4000, 'b')]);
const bomb = Buffer.alloc(1000, 0xbe);

/** nghttp2 has a limit of its own for these, of ten thousand frames. */
const byEither = /^(overhead|protocol)$/;

/** What is sent again and again, in rounds that count from 0, until the connection is ended. */
interface Weapon {
  readonly what: string;
  readonly first?: Buffer;
  readonly round: (i: number) => Buffer;
  readonly reason: RegExp;
}

const weapons: readonly Weapon[] = [
  {
    what: 'resets of requests',
    round: (i) => Buffer.concat([request(2 * i + 1, held), cancel(2 * i + 1)]),
    reason: /^resets$/,
  },
  {
    what: 'resets of requests that were answered at once',
    round: (i) => Buffer.concat([request(2 * i + 1), cancel(2 * i + 1)]),
    reason: /^resets$/,
  },
  {
    what: 'streams that it makes the server reset',
    round: (i) => Buffer.concat([request(2 * i + 1, held, endHeaders), frame(8, 0, 2 * i + 1, word(0))]),
    reason: /^protocol$/,
  },
  { what: 'PING', round: () => frame(frameType.ping, 0, 0, Buffer.alloc(8)), reason: /^overhead$/ },
  { what: 'SETTINGS', round: () => frame(frameType.settings, 0, 0), reason: /^overhead$/ },
  {
    what: 'SETTINGS that change something',
    round: (i) => frame(frameType.settings, 0, 0, settings([4, 65_535 + (i % 2)])),
    reason: /^overhead$/,
  },
  { what: 'WINDOW_UPDATE', round: () => frame(frameType.windowUpdate, 0, 0, word(1)), reason: /^overhead$/ },
  {
    what: 'WINDOW_UPDATE of a stream',
    first: request(1, held),
    round: () => frame(frameType.windowUpdate, 0, 1, word(1)),
    reason: /^overhead$/,
  },
  {
    what: 'PRIORITY',
    round: (i) => frame(frameType.priority, 0, 2 * i + 1, Buffer.from([0, 0, 0, 0, 1])),
    reason: byEither,
  },
  { what: 'frames of no known type', round: () => frame(0x42, 0, 0, Buffer.alloc(8)), reason: byEither },
  {
    what: 'empty DATA',
    first: request(1, held, endHeaders),
    round: () => frame(frameType.data, 0, 1),
    reason: /^invalid-frames$/,
  },
  {
    what: 'DATA of nothing but padding',
    first: request(1, held, endHeaders),
    round: () => frame(frameType.data, 8, 1, Buffer.from([100, ...Buffer.alloc(100)])),
    reason: /^overhead$/,
  },
  {
    what: 'CONTINUATION',
    first: request(1, get, endStream),
    round: () => frame(frameType.continuation, 0, 1, fieldBlock([['a', 'b']])),
    reason: /^continuation$/,
  },
  {
    what: 'empty CONTINUATION',
    first: request(1, get, endStream),
    round: () => frame(frameType.continuation, 0, 1),
    reason: /^continuation$/,
  },
  {
    what: 'header lists that unpack to 4 MB',
    first: request(1, Buffer.concat([get, inserted])),
    round: (i) => request(2 * i + 3, Buffer.concat([get, bomb])),
    reason: /^overhead$/,
  },
  { what: 'more streams than it may have', round: (i) => request(2 * i + 1, held), reason: /^protocol$/ },
];

describe('A connection of HTTP/2 that is used as a weapon', () => {
  const http = new Opened();
  let clients: FramePeer[] = [];
  const open = async (port: number, ...pairs: (readonly [number, number])[]): Promise<FramePeer> => {
    const client = await FramePeer.open(port, ...pairs);
    clients.push(client);
    return client;
  };
  afterEach(() => {
    for (const client of clients) client.destroy();
    clients = [];
    http.close();
  });

  /** A server that tells why it ended connections. */
  async function serve(limits: Partial<Limits> = {}): Promise<{ port: number; reasons: string[] }> {
    const reasons: string[] = [];
    const port = await http.start(
      (exchange) => {
        if (exchange.request.path === never) return;
        answer(exchange);
      },
      { limits, abused: (_listener, reason) => reasons.push(reason) },
    );
    return { port, reasons };
  }

  for (const { what, first = nothing, round, reason } of weapons) {
    it(`is ended for a flood of ${what}, and its neighbour goes on`, async () => {
      const { port, reasons } = await serve();
      const neighbour = await open(port);
      const attacker = await open(port);
      neighbour.send(request(1, held));
      attacker.send(first);
      await attacker.flood(round);
      await eventually('it is ended', () => attacker.isClosed);
      expect(reasons.join()).to.match(reason);
      neighbour.get(3);
      expect(await neighbour.outcome(3)).to.equal('status 200');
    });
  }

  it('has no more streams at once than it may', async () => {
    const { port } = await serve({ http2MaxStreams: 100 });
    const client = await FramePeer.open(port);
    clients.push(client);
    const told = client.find(frameType.settings, 0)?.payload as Buffer;
    const pairs = Array.from({ length: told.length / 6 }, (_, i) => [
      told.readUInt16BE(6 * i),
      told.readUInt32BE(6 * i + 2),
    ]);
    expect(pairs).to.deep.include([3, 100]);
  });

  it('may take back half of its calls for ever, as a busy client of gRPC does', async () => {
    const { port, reasons } = await serve({ http2ResetsPerSecond: 10 });
    const client = await open(port);
    // Twenty times what it may at once.
    for (let i = 0; i < 2000; i++) {
      const stream = 4 * i + 1;
      client.send(request(stream, held), cancel(stream));
      client.get(stream + 2);
      if (i % 25 === 24) await client.outcome(stream + 2);
    }
    expect(reasons).to.deep.equal([]);
    expect(client.isClosed).to.equal(false);
  });

  it('may bring small pieces of a body, and get and acknowledge small pieces of another, for ever', async () => {
    const reasons: string[] = [];
    const port = await http.start(
      (exchange) => {
        const source = exchange.requestBody;
        if (source) exchange.wire.respond({ status: 200, headers: new HeaderList() }, source, ignore);
      },
      { limits: { http2OverheadBytesPerSecond: 4096 }, abused: (_listener, reason) => reasons.push(reason) },
    );
    const client = await open(port);
    client.send(request(1, get, endHeaders));
    let echoed = 0;
    for (let i = 0; i < 40; i++) {
      client.send(
        ...Array.from({ length: 100 }, () =>
          Buffer.concat([
            frame(frameType.data, 0, 1, Buffer.from('x')),
            frame(frameType.windowUpdate, 0, 0, word(1)),
            frame(frameType.windowUpdate, 0, 1, word(1)),
          ]),
        ),
      );
      await eventually('the echo', () => {
        echoed += client.frames
          .splice(0)
          .filter(({ type }) => type === frameType.data)
          .reduce((sum, { payload }) => sum + payload.length, 0);
        return echoed === 100 * (i + 1);
      });
    }
    expect(reasons).to.deep.equal([]);
  });

  for (const [what, length] of [
    ['a small response', 2000],
    ['a large response', 1 << 20],
  ] as const) {
    it(`loses the stream of ${what} for which it opens no window, and no other`, async () => {
      let ended: Error | undefined;
      const port = await http.start(
        (exchange) => {
          if (exchange.request.path !== never) return answer(exchange, '');
          const source = new Flood(length);
          exchange.wire.respond({ status: 200, headers: new HeaderList() }, source, (e) => (ended = e));
        },
        { limits: { clientIdleMs: 200 } },
      );
      // SETTINGS_INITIAL_WINDOW_SIZE
      const client = await open(port, [4, 0]);
      client.send(request(1, held));
      const reset = await eventually('its reset', () => client.find(frameType.reset, 1));
      expect([reset.payload.readUInt32BE(), (ended as { code?: string }).code]).to.deep.equal([
        8,
        'client-abort',
      ]);
      client.get(3);
      expect(await client.outcome(3)).to.equal('status 200');
    });
  }

  it('loses the stream of a response that was given whole, too', async () => {
    const port = await http.start((exchange) => answer(exchange, 'x'.repeat(100)), {
      limits: { clientIdleMs: 200 },
    });
    const client = await open(port, [4, 0]);
    client.get(1);
    await eventually('its reset', () => client.find(frameType.reset, 1));
  });

  it('is ended when it takes no bytes at all', async () => {
    const reasons: string[] = [];
    const port = await http.start(
      (exchange) =>
        exchange.wire.respond({ status: 200, headers: new HeaderList() }, new Flood(1 << 30), ignore),
      { limits: { clientIdleMs: 200 }, abused: (_listener, reason) => reasons.push(reason) },
    );
    const client = await open(port, [4, 2 ** 31 - 1]);
    client.send(frame(frameType.windowUpdate, 0, 0, word(2 ** 31 - 65_536)));
    client.socket.pause();
    client.get(1);
    await eventually('it is ended', () => reasons[0] === 'stalled');
  });
});
