import { expect } from 'chai';
import { isDuration, toDuration, toMs } from '../../src/model/duration.ts';

describe('durations', () => {
  const good: readonly [string, number][] = [
    ['0s', 0],
    ['1ms', 1],
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['1h1m1s1ms', 3_661_001],
    ['5m', 300_000],
    ['5ms', 5],
    ['1s1s', 2000],
    ['99999h', 359_996_400_000],
  ];
  for (const [text, ms] of good) it(`${text} is ${ms} ms`, () => expect(toMs(text)).to.equal(ms));

  for (const text of [
    '',
    '30',
    's',
    '1.5s',
    '-1s',
    '1d',
    ' 1s',
    '1s ',
    '1s\n',
    '100000s',
    '1s1s1s1s1s',
    '1S',
    '٣s',
  ]) {
    it(`${JSON.stringify(text)} is none`, () => {
      expect(isDuration(text)).to.equal(false);
      expect(() => toMs(text)).to.throw(RangeError);
    });
  }

  it('come back in their shortest form', () => {
    expect([0, 1, 999, 1000, 90_000, 3_661_001].map(toDuration)).to.deep.equal([
      '0s',
      '1ms',
      '999ms',
      '1s',
      '1m30s',
      '1h1m1s1ms',
    ]);
  });

  it('survive the way there and back', () => {
    for (let ms = 0; ms < 2 ** 31; ms = ms * 3 + 7) expect(toMs(toDuration(ms))).to.equal(ms);
  });

  for (const ms of [-1, 0.5, NaN, Infinity, 360_000_000_000]) {
    it(`${ms} ms have no form`, () => expect(() => toDuration(ms)).to.throw(RangeError));
  }
});
