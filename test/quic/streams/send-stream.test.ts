import { expect } from 'chai';
import { ByteWriter } from '../../../src/quic/coding/writer.ts';
import { readFrames, type FrameSink } from '../../../src/quic/frames/read.ts';
import { levels } from '../../../src/quic/levels.ts';
import type { Carried } from '../../../src/quic/recovery/sent-packet.ts';
import { SendCredit } from '../../../src/quic/streams/flow-control.ts';
import { Reassembly } from '../../../src/quic/streams/reassembly.ts';
import { SendStream } from '../../../src/quic/streams/send-stream.ts';

interface Sent {
  readonly carried: Carried;
  readonly frame: Buffer;
}

class World {
  readonly credit = new SendCredit();
  readonly events: string[] = [];
  readonly stream: SendStream;

  constructor(limit = 1 << 20) {
    this.credit.raise(1 << 20);
    const tell = (name: string) => (): void => void this.events.push(name);
    this.stream = new SendStream(0, limit, {
      ready: () => undefined,
      closed: tell('closed'),
      drained: tell('drained'),
      reset: (code, size) => void this.events.push(`reset ${code} ${size}`),
    });
  }

  /** What goes into a packet with so much room. */
  send(room: number): Sent | undefined {
    const writer = new ByteWriter(Buffer.alloc(room));
    const carried = this.stream.writeTo(writer, this.credit);
    return carried && { carried, frame: writer.bytes.subarray(0, writer.at) };
  }
}

describe('streams that are sent', () => {
  it('bring everything to the other side, whatever is lost', () => {
    for (let seed = 1; seed <= 50; seed++) {
      let state = seed;
      const below = (most: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return (state >> 8) % most;
      };
      const world = new World();
      const text = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7) & 0xff));
      for (let at = 0; at < text.length; at += 1777) world.stream.write(text.subarray(at, at + 1777));
      world.stream.end();
      const received = new Reassembly();
      let end = -1;
      const sink = {
        stream: (_id: number, offset: number, bytes: Buffer, fin: boolean) => {
          received.insert(offset, bytes);
          if (fin) end = offset + bytes.length;
        },
      } as unknown as FrameSink;
      for (let round = 0; !world.stream.isClosed && round < 2000; round++) {
        const sent = world.send(40 + below(1200));
        if (!sent) break;
        if (below(3) === 0) sent.carried.lost();
        else {
          readFrames(levels.application, sent.frame, sink);
          // Some acknowledgements come after the packet has been given up.
          if (below(4) === 0) sent.carried.lost();
          sent.carried.acked();
        }
      }
      const got: Buffer[] = [];
      for (let next = received.read(); next; next = received.read()) got.push(next);
      expect(Buffer.concat(got).equals(text), `seed ${seed}`).to.equal(true);
      expect(end).to.equal(text.length);
      expect(world.stream.isClosed).to.equal(true);
      expect(world.events.at(-1)).to.equal('closed');
    }
  });

  it('keep to the limit of the stream and to that of the connection', () => {
    const world = new World(100);
    world.stream.write(Buffer.alloc(500));
    const first = world.send(1000);
    expect(first?.frame.length).to.equal(100 + 5);
    expect(world.send(1000)).to.equal(undefined);
    expect(world.stream.hasSomething(1000)).to.equal(false);
    world.stream.raiseLimit(300);
    expect(world.stream.hasSomething(0)).to.equal(false);
    expect(world.send(1000)?.frame.length).to.equal(200 + 6);
  });

  it('ask for a pause, and go on when there is room', () => {
    const world = new World();
    expect(world.stream.write(Buffer.alloc(10_000))).to.equal(true);
    expect(world.stream.write(Buffer.alloc(60_000))).to.equal(false);
    while (world.events.length === 0) world.send(1400);
    expect(world.events).to.deep.equal(['drained']);
    expect(world.stream.unsentBytes).to.be.lessThan(32_768);
  });

  it('send an end without bytes, and once more when it was lost', () => {
    const world = new World();
    world.stream.end();
    const first = world.send(100);
    expect(first?.frame.toString('hex')).to.equal('0f00004000');
    expect(world.send(100)).to.equal(undefined);
    first?.carried.lost();
    const second = world.send(100);
    second?.carried.acked();
    expect(world.stream.isClosed).to.equal(true);
  });

  it('say how far they came when they are given up, and are closed when that is known', () => {
    const world = new World();
    world.stream.write(Buffer.alloc(500));
    world.send(205);
    world.stream.reset(0x10c);
    expect(world.events).to.deep.equal(['reset 268 200']);
    expect(world.stream.hasSomething(1000)).to.equal(false);
    world.stream.resetAcked();
    expect(world.stream.isClosed).to.equal(true);
  });
});
