import { expect } from 'chai';
import { Pulse, type Look } from '../src/pulse.ts';
import { eventually } from './support/wait.ts';

describe('Pulse', () => {
  let pulse: Pulse;
  let wants: boolean;
  let beats: readonly [number, number][];
  const look: Look = (now, lateMs) => {
    beats = [...beats, [now, lateMs]];
    return wants;
  };
  beforeEach(() => {
    pulse = new Pulse();
    pulse.join(look);
    wants = true;
    beats = [];
  });
  afterEach(() => pulse.leave(look));
  const rests = (): boolean => pulse.due === Infinity;

  it('rests until it is woken, and beats as long as somebody has something to look at', async () => {
    expect(rests()).to.equal(true);
    pulse.wake();
    expect(rests()).to.equal(false);
    await eventually('it beats', () => beats.length >= 3);
    wants = false;
    await eventually('it rests', rests);
    const { length } = beats;
    pulse.wake();
    await eventually('it beats once more', () => beats.length > length);
    await eventually('it rests again', rests);
    expect(beats).to.have.length(length + 1);
  });

  it('goes on for one, and asks all', async () => {
    let others = 0;
    const other: Look = () => {
      others++;
      return false;
    };
    pulse.join(other);
    pulse.wake();
    await eventually('both are asked', () => others >= 3 && beats.length >= 3);
    pulse.leave(other);
    const asked = others;
    const { length } = beats;
    await eventually('it goes on', () => beats.length > length);
    expect(others).to.equal(asked);
  });

  it('goes on for who wakes it while it is about to rest', async () => {
    const others: Look = () => {
      // Behind all looks of this beat.
      if (beats.length === 1) process.nextTick(() => pulse.wake());
      return false;
    };
    wants = false;
    pulse.join(others);
    pulse.wake();
    await eventually('it beats twice', () => beats.length === 2);
    pulse.leave(others);
    await eventually('it rests', rests);
    expect(beats).to.have.length(2);
  });

  it('beats as seldom as it is told to', async () => {
    const seldom = new Pulse(120);
    const times: number[] = [];
    seldom.join((now) => times.push(now) < 3);
    seldom.wake();
    await eventually('it rests', () => seldom.due === Infinity);
    expect(times).to.have.length(3);
    // Of three beats two may come late and close together, but never before their time.
    expect((times[2] as number) - (times[0] as number)).to.be.above(120);
  });

  it('looks at deadlines behind what came while the thread stood still', async () => {
    const { port1, port2 } = new MessageChannel();
    const order: string[] = [];
    const deadline: Look = () => {
      order.push('deadline');
      return false;
    };
    pulse.joinDeadlines(deadline);
    pulse.wake();
    port2.on('message', () => order.push('message'));
    port1.postMessage('');
    const until = performance.now() + 100;
    while (performance.now() < until);
    await eventually('both have come', () => order.length >= 2);
    port1.close();
    pulse.leave(deadline);
    expect(order.slice(0, 2)).to.deep.equal(['message', 'deadline']);
  });

  it('tells how late a beat is', async () => {
    pulse.wake();
    await eventually('it beats', () => beats.length >= 1);
    const until = performance.now() + 300;
    while (performance.now() < until);
    const { length } = beats;
    await eventually('it beats again', () => beats.length > length);
    expect(beats[length]?.[1]).to.be.above(200);
  });
});
