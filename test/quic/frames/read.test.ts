import { expect } from 'chai';
import { ByteWriter } from '../../../src/quic/coding/writer.ts';
import { RangeSet } from '../../../src/quic/coding/range-set.ts';
import { transportCodes, TransportError } from '../../../src/quic/errors.ts';
import { readFrames, type FrameSink } from '../../../src/quic/frames/read.ts';
import { writeAck } from '../../../src/quic/frames/write.ts';
import { levels, type Level } from '../../../src/quic/levels.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Writes down what it is told. */
function recorder(): { readonly sink: FrameSink; readonly told: unknown[][] } {
  const told: unknown[][] = [];
  const sink = new Proxy(
    {},
    {
      get:
        (_target, name) =>
        (...words: unknown[]) =>
          void told.push([
            name,
            ...words.map((word) => (Buffer.isBuffer(word) ? word.toString('hex') : word)),
          ]),
    },
  ) as FrameSink;
  return { sink, told };
}

function codeOf(level: Level, payload: Buffer): number {
  try {
    readFrames(level, payload, recorder().sink);
  } catch (error) {
    if (error instanceof TransportError) return error.code;
    throw error;
  }
  return 0;
}

describe('frames (RFC 9000 section 19)', () => {
  for (const [title, bytes, told] of [
    ['PADDING and PING', '00 00 01', []],
    ['ACK of ranges', '02 0a 05 01 02 01 03', [['ack', 10, 5, [8, 10, 2, 5]]]],
    ['ACK with counts of ECN', '03 00 00 00 00 01 02 03', [['ack', 0, 0, [0, 0]]]],
    ['CRYPTO', '06 04 02 aabb', [['crypto', 4, 'aabb']]],
    ['STREAM to the end', '08 04 aabb', [['stream', 4, 0, 'aabb', false]]],
    ['STREAM with offset, length and FIN', '0f 04 4100 01 cc 01', [['stream', 4, 256, 'cc', true]]],
    ['RESET_STREAM', '04 04 410c 07', [['resetStream', 4, 0x10c, 7]]],
    ['STOP_SENDING', '05 04 410c', [['stopSending', 4, 0x10c]]],
    [
      'limits',
      '10 05 11 04 06 12 07 13 08',
      [
        ['maxData', 5],
        ['maxStreamData', 4, 6],
        ['maxStreams', false, 7],
        ['maxStreams', true, 8],
      ],
    ],
    ['what is blocked', '14 01 15 04 01 16 01 17 01', []],
    [
      'NEW_CONNECTION_ID',
      `18 02 01 02 aabb ${'11'.repeat(16)}`,
      [['newConnectionId', 2, 1, 'aabb', '11'.repeat(16)]],
    ],
    ['RETIRE_CONNECTION_ID', '19 01', [['retireConnectionId', 1]]],
    [
      'challenges',
      `1a ${'22'.repeat(8)} 1b ${'33'.repeat(8)}`,
      [
        ['pathChallenge', '22'.repeat(8)],
        ['pathResponse', '33'.repeat(8)],
      ],
    ],
    [
      'the end',
      '1c 0a 00 02 6869 1d 4100 00',
      [
        ['closed', 10, false],
        ['closed', 0x100, true],
      ],
    ],
  ] as const) {
    it(`reads ${title}`, () => {
      const { sink, told: found } = recorder();
      readFrames(levels.application, hex(bytes), sink);
      expect(found).to.deep.equal(told);
    });
  }

  it('knows what must be acknowledged, and what only probes', () => {
    const of = (bytes: string): object => readFrames(levels.application, hex(bytes), recorder().sink);
    expect(of('00')).to.deep.equal({ isEliciting: false, isProbing: true });
    expect(of('01')).to.deep.equal({ isEliciting: true, isProbing: false });
    expect(of('02 00 00 00 00')).to.deep.equal({ isEliciting: false, isProbing: false });
    expect(of(`1a ${'22'.repeat(8)} 00`)).to.deep.equal({ isEliciting: true, isProbing: true });
  });

  const { frameEncoding, protocolViolation } = transportCodes;
  for (const [title, level, bytes, code] of [
    ['no frame at all', levels.application, '', protocolViolation],
    ['an unknown type', levels.application, '21', frameEncoding],
    ['an unknown type in two bytes', levels.application, '4021', frameEncoding],
    ['PING in two bytes', levels.application, '4001', protocolViolation],
    ['STREAM in an Initial packet', levels.initial, '08 00', protocolViolation],
    ['the end of an application in a Handshake packet', levels.handshake, '1d 00 00', protocolViolation],
    ['HANDSHAKE_DONE of a client', levels.application, '1e', protocolViolation],
    ['NEW_TOKEN of a client', levels.application, '07 01 aa', protocolViolation],
    ['a length beyond the packet', levels.application, '0a 00 05 aa', frameEncoding],
    ['ACK of numbers below 0', levels.application, '02 01 00 00 02', frameEncoding],
    ['ACK of ranges below 0', levels.application, '02 05 00 01 00 05 00', frameEncoding],
    ['ACK that ends within', levels.application, '02 05 00 3f 00', frameEncoding],
    ['CRYPTO beyond all offsets', levels.initial, '06 ffffffffffffffff 01 aa', frameEncoding],
    ['more streams than there can be', levels.application, '12 d000000000000001', frameEncoding],
    ['a connection id without bytes', levels.application, `18 01 00 00 ${'11'.repeat(16)}`, frameEncoding],
    ['a connection id of 21 bytes', levels.application, `18 01 00 15 ${'11'.repeat(37)}`, frameEncoding],
    [
      'a connection id that retires itself',
      levels.application,
      `18 01 02 01 aa ${'11'.repeat(16)}`,
      frameEncoding,
    ],
  ] as const) {
    it(`refuses ${title}`, () => {
      expect(codeOf(level, hex(bytes))).to.equal(code);
    });
  }

  it('reads the ranges that it has written', () => {
    const ranges = new RangeSet();
    for (const [from, to] of [
      [0, 1],
      [3, 10],
      [12, 13],
      [100, 20_000],
    ] as const)
      ranges.add(from, to);
    const writer = new ByteWriter(Buffer.alloc(200));
    writeAck(writer, ranges, 77);
    const { sink, told } = recorder();
    readFrames(levels.application, writer.bytes.subarray(0, writer.at), sink);
    expect(told).to.deep.equal([['ack', 19_999, 77, [100, 19_999, 12, 12, 3, 9, 0, 0]]]);
  });

  it('tells the highest ranges where there is no room for all', () => {
    const ranges = new RangeSet();
    for (let i = 0; i < 30; i++) ranges.add(i * 10, i * 10 + 1);
    const writer = new ByteWriter(Buffer.alloc(64));
    expect(writeAck(writer, ranges, 0)).to.equal(true);
    const { sink, told } = recorder();
    readFrames(levels.application, writer.bytes.subarray(0, writer.at), sink);
    expect(told[0]?.[1]).to.equal(290);
    expect(String(told[0]?.[3])).to.match(/^290,290,280,280\b/);
  });
});
