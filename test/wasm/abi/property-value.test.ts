import { expect } from 'chai';
import {
  encodeAttribute,
  encodeInt,
  headersAttribute,
  textAttribute,
  Time,
  type Attribute,
} from '../../../src/wasm/abi/property-value.ts';

const hex = (value: Attribute): string => {
  const bytes = encodeAttribute(value);
  return (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes).toString('hex');
};

describe('property values', () => {
  const vectors: readonly (readonly [string, Attribute, string])[] = [
    ['an integer', 503, 'f701000000000000'],
    ['a negative integer', -1, 'ffffffffffffffff'],
    ['true', true, '01'],
    ['false', false, '00'],
    ['a second', new Time('duration', 1000), '00ca9a3b00000000'],
    ['half a microsecond', new Time('duration', 0.0005), 'f401000000000000'],
    ['bytes of the wire', 'é\xff', 'e9ff'],
    ['text', textAttribute('é'), 'c3a9'],
    ['a message', Buffer.from([10, 1, 65]), '0a0141'],
    ['a map', new Map([['a', '1']]), '01000000010000000100000061003100'],
    ['a map of integers', new Map([['a', 2]]), '0100000001000000080000006100020000000000000000'],
    ['a list', ['a', 'b'], '0200000001000000000000000100000000000000610000620000'],
    ['an empty map', new Map(), '00000000'],
    ['an empty list', [], '00000000'],
  ];
  for (const [what, value, bytes] of vectors) {
    it(`encodes ${what}`, () => expect(hex(value)).to.equal(bytes));
  }

  it('keeps a time of today to the nanosecond of its millisecond', () => {
    const now = new Time('timestamp', 1_800_000_000_123);
    expect((encodeAttribute(now) as Buffer).readBigInt64LE()).to.equal(1_800_000_000_123_000_000n);
  });

  it('keeps an unsigned integer of 64 bits', () => {
    expect(encodeInt(2n ** 64n - 1n).toString('hex')).to.equal('ffffffffffffffff');
  });

  it('joins equal names of a map by a comma', () => {
    expect([...headersAttribute(['a', '1', 'b', '2', 'a', '3'])]).to.deep.equal([
      ['a', '1,3'],
      ['b', '2'],
    ]);
  });
});
