import { expect } from 'chai';
import {
  encodeBool,
  encodeInt,
  encodeMap,
  encodeMilliseconds,
  encodeText,
} from '../../../src/wasm/abi/property-value.ts';

describe('property values', () => {
  const vectors: readonly (readonly [string, Buffer, string])[] = [
    ['an integer', encodeInt(503), 'f701000000000000'],
    ['a negative integer', encodeInt(-1), 'ffffffffffffffff'],
    ['true', encodeBool(true), '01'],
    ['false', encodeBool(false), '00'],
    ['a second', encodeMilliseconds(1000), '00ca9a3b00000000'],
    ['half a microsecond', encodeMilliseconds(0.0005), 'f401000000000000'],
    ['text', encodeText('é'), 'c3a9'],
    ['a map', encodeMap(['a', '1']), '01000000010000000100000061003100'],
  ];
  for (const [what, bytes, hex] of vectors) {
    it(`encodes ${what}`, () => {
      expect(bytes.toString('hex')).to.equal(hex);
    });
  }

  it('keeps a time of today to the nanosecond of its millisecond', () => {
    const now = 1_800_000_000_123;
    expect(encodeMilliseconds(now).readBigInt64LE()).to.equal(1_800_000_000_123_000_000n);
  });

  it('joins equal names of a map by a comma', () => {
    expect(encodeMap(['a', '1', 'b', '2', 'a', '3']).equals(encodeMap(['a', '1,3', 'b', '2']))).to.equal(
      true,
    );
  });
});
