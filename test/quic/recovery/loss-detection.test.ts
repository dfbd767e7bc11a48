import { expect } from 'chai';
import { transportCodes } from '../../../src/quic/errors.ts';
import { levels, type Level } from '../../../src/quic/levels.ts';
import { LossDetection } from '../../../src/quic/recovery/loss-detection.ts';

/** A connection whose packets have names: what became of them is written down. */
class World {
  readonly loss = new LossDetection(1200);
  readonly fate: string[] = [];
  #next = 0;

  constructor() {
    this.loss.isHandshakeConfirmed = true;
  }

  send(
    at: number,
    { level = levels.application, bytes = 1200 }: { level?: Level; bytes?: number } = {},
  ): number {
    const number = this.#next++;
    const carried = [
      {
        acked: () => void this.fate.push(`acked ${number}`),
        lost: () => void this.fate.push(`lost ${number}`),
      },
    ];
    this.loss.onSent(level, {
      number,
      sentAt: at,
      bytes,
      isEliciting: true,
      isInFlight: true,
      carried,
      isSizeProbe: false,
    });
    return number;
  }

  ack(at: number, ...ranges: number[]): void {
    this.loss.onAck(levels.application, { largest: ranges[1] as number, delay: 0, ranges }, at);
  }
}

describe('loss detection (RFC 9002)', () => {
  it('declares what is three packets behind lost, and nothing nearer', () => {
    const world = new World();
    for (let i = 0; i < 5; i++) world.send(i);
    world.ack(100, 4, 4);
    expect(world.fate).to.deep.equal(['lost 0', 'lost 1', 'acked 4']);
  });

  it('declares what is nearer lost after nine eighths of the round trip', () => {
    const world = new World();
    world.send(0);
    world.send(1);
    world.ack(101, 1, 1);
    expect(world.fate).to.deep.equal(['acked 1']);
    const deadline = world.loss.deadline();
    expect(deadline).to.equal(112.5);
    expect(world.loss.onTimeout(deadline)).to.equal(undefined);
    expect(world.fate).to.deep.equal(['acked 1', 'lost 0']);
  });

  it('measures the round trip as section 5 does', () => {
    const { loss } = new World();
    loss.rtt.update(100, 0, 0);
    expect([loss.rtt.smoothed, loss.rtt.variance, loss.rtt.min]).to.deep.equal([100, 50, 100]);
    loss.rtt.update(140, 20, 1);
    expect(loss.rtt.smoothed).to.equal(0.875 * 100 + 0.125 * 120);
    expect(loss.rtt.variance).to.equal(0.75 * 50 + 0.25 * 20);
    // The delay would make it shorter than any was.
    loss.rtt.update(110, 20, 2);
    expect(loss.rtt.smoothed).to.be.closeTo(0.875 * 102.5 + 0.125 * 110, 0.001);
  });

  it('asks again after a probe timeout, then after twice the time', () => {
    const world = new World();
    world.send(0);
    const first = 333 + 4 * 166.5 + 25;
    expect(world.loss.deadline()).to.equal(first);
    expect(world.loss.onTimeout(first)).to.equal(levels.application);
    world.loss.repeatOldest(levels.application, 2);
    expect(world.fate).to.deep.equal(['lost 0']);
    expect(world.loss.deadline()).to.equal(2 * first);
    world.ack(2000, 0, 0);
    expect(world.loss.deadline()).to.equal(Infinity);
  });

  it('halves the window once for all that was lost within a round trip', () => {
    const world = new World();
    const { congestion } = world.loss;
    const before = congestion.window;
    for (let i = 0; i < 8; i++) world.send(i);
    world.ack(50, 7, 7);
    expect(congestion.window).to.be.lessThan(before);
    const { window } = congestion;
    world.send(40);
    for (let i = 0; i < 3; i++) world.send(41);
    world.ack(60, 11, 11);
    expect(congestion.window).to.equal(window);
  });

  it('grows by what was acknowledged in slow start, and by a datagram a round trip behind it', () => {
    const { loss } = new World();
    const { congestion } = loss;
    const begin = congestion.window;
    const packet = {
      number: 0,
      sentAt: 1,
      bytes: 1200,
      isEliciting: true,
      isInFlight: true,
      carried: [],
      isSizeProbe: false,
    };
    congestion.onSent(1200);
    congestion.onAcked(packet);
    expect(congestion.window).to.equal(begin + 1200);
    congestion.onCongestion(2, 3);
    const { window } = congestion;
    congestion.onSent(1200);
    congestion.onAcked({ ...packet, sentAt: 4 });
    expect(congestion.window).to.be.closeTo(window + (1200 * 1200) / window, 0.001);
  });

  it('begins anew when nothing has come through for long (persistent congestion)', () => {
    const world = new World();
    world.send(0);
    world.ack(100, 0, 0);
    const timeout = world.loss.probeTimeout;
    for (let i = 0; i <= 4; i++) world.send(200 + i * timeout);
    for (let i = 0; i < 4; i++) world.send(200 + 5 * timeout);
    world.ack(300 + 5 * timeout, 9, 9);
    // Two datagrams, and what was acknowledged with it.
    expect(world.loss.congestion.window).to.equal(2 * 1200 + 1200);
  });

  it('refuses an acknowledgement of what was not sent', () => {
    const world = new World();
    world.send(0);
    expect(() => world.ack(1, 0, 5))
      .to.throw()
      .with.property('code', transportCodes.protocolViolation);
  });

  it('takes what is in flight of a level back when its keys are gone', () => {
    const world = new World();
    world.send(0, { level: levels.initial });
    expect(world.loss.congestion.inFlight).to.equal(1200);
    world.loss.discard(levels.initial);
    expect(world.loss.congestion.inFlight).to.equal(0);
    expect(world.loss.deadline()).to.equal(Infinity);
  });
});
