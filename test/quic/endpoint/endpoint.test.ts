import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { ConnectionEnd } from '../../../src/quic/connection/options.ts';
import type { UdpAddress } from '../../../src/quic/connection/path.ts';
import { initialKeys } from '../../../src/quic/crypto/initial-keys.ts';
import { Endpoint, type EndpointOptions } from '../../../src/quic/endpoint/endpoint.ts';
import { readLongHeader } from '../../../src/quic/packet/header.ts';
import { protect } from '../../../src/quic/packet/protection.ts';
import { readIdentity } from '../../../src/quic/tls/identity.ts';
import { makeTlsPair } from '../../support/tls-pair.ts';

const local: UdpAddress = { address: '127.0.0.1', port: 443, family: 'IPv4' };
const from = (i = 0): UdpAddress => ({ address: `192.0.2.${i % 250}`, port: 1000 + i, family: 'IPv4' });
const nothing: Buffer = Buffer.alloc(0);
const pair = makeTlsPair();
const identity = readIdentity(pair.cert, pair.key);

class World {
  readonly sent: { readonly bytes: Buffer; readonly to: UdpAddress }[] = [];
  readonly failures: unknown[] = [];
  readonly ends: ConnectionEnd[] = [];
  readonly refused: string[] = [];
  readonly endpoint: Endpoint;

  constructor(more: Partial<EndpointOptions> = {}) {
    const options: EndpointOptions = {
      worker: 3,
      secret: Buffer.alloc(32, 5),
      maxIdleMs: 30_000,
      handshakeTimeoutMs: 10_000,
      maxHandshakes: 1_000_000,
      maxHandshakesPerAddress: 1_000_000,
      retryFrom: Infinity,
      streams: { bidi: 100, uni: 8, streamWindow: 65_536, connectionWindow: 1 << 20 },
      handshake: {
        identityFor: () => identity,
        protocols: ['h3'],
        tickets: () => undefined,
        clientVerifier: () => undefined,
      },
      ...more,
    };
    this.endpoint = new Endpoint(options, {
      send: (bytes, to) => void this.sent.push({ bytes: Buffer.from(bytes), to }),
      forward: () => false,
      accept: () => ({ opened: () => undefined, closed: () => undefined }),
      refused: (reason) => void this.refused.push(reason),
      ended: (_connection, end) => void this.ends.push(end),
      failed: (error) => void this.failures.push(error),
    });
  }

  receive(datagram: Buffer, remote = from()): void {
    this.endpoint.receive(datagram, remote, local);
  }
}

interface InitialWords {
  readonly id?: Buffer;
  readonly number?: number;
  readonly size?: number;
  readonly token?: Buffer;
  readonly version?: number;
}

/** An Initial packet of a client, with those frames and padding to the least size. */
function initial(
  frames: Buffer,
  { id = randomBytes(8), number = 0, size = 1200, token = nothing, version = 1 }: InitialWords = {},
): Buffer {
  const head = Buffer.concat([
    Buffer.from([0xc3, 0, 0, 0, version, id.length]),
    id,
    Buffer.from([4, 1, 2, 3, 4, token.length]),
    token,
  ]);
  const packet = Buffer.alloc(size);
  head.copy(packet);
  const numberAt = head.length + 2;
  packet.writeUInt16BE(0x4000 | (size - numberAt), head.length);
  packet.writeUInt32BE(number, numberAt);
  frames.copy(packet, numberAt + 4, 0, Math.max(0, size - numberAt - 20));
  protect(initialKeys(id).client, packet, number, 0, numberAt, 4, size - 16);
  return packet;
}

const ping = Buffer.from([1]);
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the endpoint of QUIC', () => {
  const worlds: World[] = [];
  const start = (more?: Partial<EndpointOptions>): World => {
    const world = new World(more);
    worlds.push(world);
    return world;
  };
  afterEach(() => {
    for (const world of worlds.splice(0)) world.endpoint.destroy();
  });

  it('offers version 1 to who speaks another, in a datagram that is large enough', () => {
    const world = start();
    world.receive(initial(ping, { version: 2, size: 1199 }));
    expect(world.sent).to.deep.equal([]);
    world.receive(initial(ping, { version: 2 }));
    expect(world.sent.length).to.equal(1);
    expect(readLongHeader(world.sent[0]?.bytes as Buffer, 0)?.version).to.equal(0);
  });

  it('drops an Initial packet in a small datagram', () => {
    const world = start();
    world.receive(initial(ping, { size: 1199 }));
    expect(world.endpoint.stats).to.deep.include({ dropped: 1, sent: 0 });
  });

  it('drops an Initial packet whose id is short', () => {
    const world = start();
    world.receive(initial(ping, { id: randomBytes(7) }));
    expect(world.endpoint.stats.dropped).to.equal(1);
  });

  it('acknowledges, and sends no more than three times what came', async () => {
    const world = start();
    world.receive(initial(ping));
    await settle();
    expect(world.sent.length).to.equal(1);
    expect(world.sent.reduce((sum, { bytes }) => sum + bytes.length, 0)).to.be.at.most(3600);
  });

  it('asks for a proof of the address when that is wanted, and takes it only from there, and only for its id', () => {
    const world = start({ retryFrom: 0 });
    const id = randomBytes(8);
    world.receive(initial(ping, { id }));
    const answer = world.sent[0]?.bytes as Buffer;
    expect((answer[0] as number) & 0xf0).to.equal(0xf0);
    const header = readLongHeader(answer, 0);
    const given = Buffer.from(header?.source ?? []);
    const token = answer.subarray(header?.numberAt, -16);
    expect(world.endpoint.stats.retries).to.equal(1);
    world.receive(initial(ping, { id: given, token }), from(1));
    expect(world.endpoint.stats.retries).to.equal(2);
    world.receive(initial(ping, { id: randomBytes(9), token }));
    expect(world.endpoint.stats.dropped).to.equal(1);
    const forged = Buffer.from(token);
    forged[20] = (forged[20] as number) ^ 1;
    world.receive(initial(ping, { id: given, token: forged }));
    expect(world.endpoint.stats.retries).to.equal(3);
    expect(world.refused).to.deep.equal([]);
  });

  it('begins only so many handshakes, of all and of one address', () => {
    const world = start({ maxHandshakes: 3, maxHandshakesPerAddress: 2 });
    for (let i = 0; i < 3; i++) world.receive(initial(ping), from());
    expect(world.refused).to.deep.equal(['address']);
    for (let i = 1; i < 3; i++) world.receive(initial(ping), from(i));
    expect(world.refused).to.deep.equal(['address', 'handshakes']);
  });

  it('resets what it does not know, always with the same token for the same id', () => {
    const world = start();
    const packet = Buffer.concat([Buffer.from([0x41, 3]), Buffer.alloc(48, 7)]);
    world.receive(Buffer.from(packet));
    world.receive(Buffer.from(packet));
    const [one, other] = world.sent.map(({ bytes }) => bytes.subarray(-16).toString('hex'));
    expect(one).to.equal(other);
    expect(world.endpoint.stats.resets).to.equal(2);
  });

  it('ends a handshake that is none with the code for it, and nobody else', async () => {
    const world = start();
    const crypto = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
    for (const [frames, code] of [
      // A Finished, a ClientHello that is too short, a message that is too long.
      [crypto('06004004 14000000'), 0x010a],
      [crypto('06004006 010000020303'), 0x0132],
      [crypto('06004004 01ffffff'), 0x0d],
      // STREAM in an Initial packet, an acknowledgement of nothing.
      [crypto('0a000161'), 0x0a],
      [crypto('0209000000'), 0x0a],
    ] as const) {
      world.receive(initial(frames));
      expect(world.ends.at(-1)?.code).to.equal(code);
    }
    await settle();
    expect(world.failures).to.deep.equal([]);
  });

  const seed = process.env['LOOM_QUIC_SEED'] ?? String(Date.now() % 1_000_000);
  const count = Number(process.env['LOOM_QUIC_DATAGRAMS'] ?? 1000);
  it(`takes ${count} malformed datagrams (LOOM_QUIC_SEED=${seed})`, async function () {
    this.timeout(600_000);
    const world = start();
    let counter = 0;
    let pool: Buffer = Buffer.alloc(0);
    /** Bytes that the seed decides. */
    const bytes = (length: number): Buffer => {
      const parts: Buffer[] = [];
      for (let have = 0; have < length; have += 64) {
        pool = createHash('sha512').update(`${seed} ${counter++}`).digest();
        parts.push(pool);
      }
      return Buffer.concat(parts).subarray(0, length);
    };
    const number = (below: number): number => bytes(4).readUInt32BE() % below;
    const ids = Array.from({ length: 20 }, () => bytes(8));
    for (let i = 0; i < count; i++) {
      const kind = number(4);
      // Anything at all; frames at random in packets that are sealed; the same with bits turned; pieces of those.
      let datagram: Buffer =
        kind === 0
          ? bytes(1 + number(1400))
          : initial(bytes(1 + number(200)), { id: ids[number(20)] as Buffer, number: i });
      if (kind === 2) for (let n = 0; n < 3; n++) datagram[number(60)] = number(256);
      if (kind === 3) datagram = Buffer.concat([datagram.subarray(0, 20 + number(1180)), bytes(number(100))]);
      world.receive(datagram, from(number(1000)));
      if (i % 100 === 0) await settle();
    }
    await settle();
    expect(world.failures).to.deep.equal([]);
    expect(world.ends.length).to.be.greaterThan(0);
  });
});
