import { expect } from 'chai';
import { HeaderList } from '../../../src/http/headers.ts';
import {
  checkTraceState,
  readTraceParent,
  replaceSpanId,
  writeTraceParent,
} from '../../../src/telemetry/tracing/trace-parent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const whole = `00-${traceId}-${spanId}-01`;

describe('traceparent', () => {
  const good: readonly (readonly [string, boolean])[] = [
    [whole, true],
    [`00-${traceId}-${spanId}-00`, false],
    [`00-${traceId}-${spanId}-03`, true],
    [`00-${traceId}-${spanId}-fe`, false],
    [`cc-${traceId}-${spanId}-01-what-comes-later`, true],
    [`01-${traceId}-${spanId}-01`, true],
  ];
  for (const [value, isSampled] of good) {
    it(`is read from ${value}`, () => {
      const parent = readTraceParent(new HeaderList(['traceparent', value]));
      expect(parent).to.deep.equal({ traceId, spanId, isSampled });
    });
  }

  const bad = [
    '',
    'x',
    `ff-${traceId}-${spanId}-01`,
    `0-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-0x`,
    `00-${traceId}${spanId}-01`,
    `cc-${traceId}-${spanId}-01.more`,
    `${whole}, ${whole}`,
  ];
  for (const value of bad) {
    it(`is not read from "${value}"`, () =>
      expect(readTraceParent(new HeaderList(['traceparent', value]))).to.equal(undefined));
  }

  it('is not read from two fields', () =>
    expect(readTraceParent(new HeaderList(['traceparent', whole, 'traceparent', whole]))).to.equal(
      undefined,
    ));

  it('is written as one field', () => {
    const headers = new HeaderList(['traceparent', 'a', 'x', '1', 'traceparent', 'b']);
    writeTraceParent(headers, { traceId, spanId, isSampled: true });
    expect(headers.flat).to.deep.equal(['traceparent', whole, 'x', '1']);
  });

  it('gets the span of the next try, where nobody has written another', () => {
    const headers = new HeaderList(['traceparent', whole]);
    const told = { traceId, spanId, isSampled: true };
    replaceSpanId(headers, told, '0'.repeat(15) + '1');
    expect(headers.get('traceparent')).to.equal(`00-${traceId}-0000000000000001-01`);
    replaceSpanId(headers, told, '0'.repeat(15) + '2');
    expect(headers.get('traceparent')).to.equal(`00-${traceId}-0000000000000001-01`);
  });
});

describe('tracestate', () => {
  const states: readonly (readonly [string[], boolean])[] = [
    [['a=1'], true],
    [['a=1, b@c=x y', 'd=2'], true],
    [['a=1,,b=2'], true],
    [['0a/b-c*d_e@f=!'], true],
    [['a'], false],
    [['A=1'], false],
    [['a=1=2'], false],
    [['a=1', 'ü=2'], false],
    [[Array.from({ length: 33 }, (_, i) => `a${i}=1`).join(',')], false],
  ];
  for (const [values, kept] of states) {
    it(`${kept ? 'is passed on' : 'is taken out'}: ${values.join(' and ').slice(0, 40)}`, () => {
      const flat = values.flatMap((value) => ['tracestate', value]);
      const headers = new HeaderList([...flat]);
      checkTraceState(headers);
      expect(headers.flat).to.deep.equal(kept ? flat : []);
    });
  }
});
