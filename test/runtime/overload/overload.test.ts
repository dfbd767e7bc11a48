import { expect } from 'chai';
import { Overload, type OverloadReport } from '../../../src/runtime/overload/overload.ts';
import { pulse } from '../../../src/pulse.ts';
import { eventually } from '../../support/wait.ts';

describe('Overload', () => {
  let overload: Overload;
  const told: (readonly [string, unknown])[] = [];
  const watch = (loopDelayMs: number, memoryPercent: number): Overload =>
    new Overload(
      { loopDelayMs, memoryPercent },
      {
        calmMs: 200,
        leastCpu: 0,
        refuse: (refusing) => told.push(['refuse', refusing]),
        begun: (report) => told.push(['begun', report]),
        ended: (report) => told.push(['ended', report]),
      },
    );
  /** Requests as they come to a worker whose every round takes so long. */
  const round = async (ms: number): Promise<number> => {
    let shed = 0;
    // As a connection does.
    pulse.wake();
    const began = performance.now();
    while (performance.now() - began < ms) {
      if (!overload.active) continue;
      try {
        overload.check('Normal', performance.now());
      } catch (error) {
        expect(error).to.include({ code: 'overloaded', retryAfterMs: 1000 });
        shed++;
      }
    }
    await new Promise(setImmediate);
    return shed;
  };
  afterEach(() => {
    overload.close();
    told.length = 0;
  });

  it('sheds while rounds of the event loop are too long, and says when that begins and ends', async () => {
    overload = watch(150, 0);
    expect(overload.active).to.equal(false);
    let shed = 0;
    await eventually('it sheds', async () => (shed += await round(400)) > 0);
    expect(overload.delayMs).to.be.above(150);
    expect(told.filter(([what]) => what === 'begun')).to.have.length(1);
    await eventually('it is over', () => told.some(([what]) => what === 'ended'));
    const [, report] = told.find(([what]) => what === 'ended') as [string, OverloadReport];
    expect(report.shed).to.equal(overload.shed.Normal);
  });

  it('sheds while memory is short', async () => {
    // No process has less than a thousandth of a percent of it.
    overload = watch(0, 0.001);
    await eventually('it sheds', async () => (await round(1)) > 0);
    expect(overload.active).to.equal(true);
    expect(overload.admitted).to.be.below(1);
    expect(told[0]?.[0]).to.equal('begun');
  });
});
