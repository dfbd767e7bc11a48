import { expect } from 'chai';
import { makeControlLogger, makeLogger } from '../../src/telemetry/log.ts';

describe('the loggers of a thread', () => {
  it('have one output, which listens once for the end of the process', () => {
    makeLogger('silent');
    const before = process.listenerCount('exit');
    for (let i = 0; i < 20; i++) {
      makeLogger('silent');
      makeControlLogger('silent');
    }
    expect(process.listenerCount('exit')).to.equal(before);
  });
});
