import { expect } from 'chai';
import {
  maxPairs,
  parsePairs,
  pairsSize,
  serializePairs,
  writePairs,
} from '../../../src/wasm/abi/header-map.ts';
import { randomOf, seedFor } from '../world.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('header map codec', () => {
  const vectors: readonly (readonly [string, string[], string])[] = [
    ['nothing', [], ''],
    ['one pair', ['a', 'bc'], '01000000 01000000 02000000 61 00 6263 00'],
    ['an empty value', [':path', ''], '01000000 05000000 00000000 3a70617468 00 00'],
    ['two of a name', ['a', '1', 'a', '2'], '02000000 01000000 01000000 01000000 01000000 61003100 61003200'],
    ['bytes above 127', ['a', 'ÿ\x80'], '01000000 01000000 02000000 61 00 ff80 00'],
  ];
  for (const [what, flat, bytes] of vectors) {
    it(`writes and reads ${what}`, () => {
      expect(serializePairs(flat).toString('hex')).to.equal(hex(bytes).toString('hex'));
      expect(pairsSize(flat)).to.equal(hex(bytes).length);
      expect(parsePairs(hex(bytes))).to.deep.equal(flat);
    });
  }

  it('writes at its place and nowhere else', () => {
    const bytes = Buffer.alloc(40, 0xa5);
    const flat = ['a', 'bc'];
    writePairs(flat, bytes, new DataView(bytes.buffer, bytes.byteOffset, 40), 8);
    expect(bytes.subarray(0, 8).every((byte) => byte === 0xa5)).to.equal(true);
    expect(bytes.subarray(8, 8 + pairsSize(flat)).equals(serializePairs(flat))).to.equal(true);
    expect(bytes.subarray(8 + pairsSize(flat)).every((byte) => byte === 0xa5)).to.equal(true);
  });

  it('takes the single NUL of the specification and a count of 0 for nothing', () => {
    expect(parsePairs(Buffer.from([0]))).to.deep.equal([]);
    expect(parsePairs(Buffer.alloc(4))).to.deep.equal([]);
  });

  const hostile: readonly (readonly [string, string])[] = [
    ['a short count', '0100'],
    ['a count without lengths', '01000000'],
    ['a count of 2^32-1', 'ffffffff 00000000 00000000'],
    ['a length beyond the end', '01000000 01000000 ffffffff 61 00 62 00'],
    ['a missing NUL after the name', '01000000 01000000 01000000 61 61 62 00'],
    ['a missing NUL at the end', '01000000 01000000 01000000 61 00 62'],
    ['bytes after the end', '01000000 01000000 01000000 61 00 62 00 00'],
  ];
  for (const [what, bytes] of hostile) {
    it(`refuses ${what}`, () => {
      expect(parsePairs(hex(bytes))).to.equal(undefined);
    });
  }

  it('takes 1024 pairs and refuses one more', () => {
    const flat = Array.from({ length: maxPairs * 2 }, () => 'x');
    expect(parsePairs(serializePairs(flat))).to.have.length(maxPairs * 2);
    expect(parsePairs(serializePairs([...flat, 'a', 'b']))).to.equal(undefined);
  });

  it('refuses more than a mebibyte', () => {
    expect(parsePairs(serializePairs(['a', 'x'.repeat(1 << 20)]))).to.equal(undefined);
  });

  it('gives back what it wrote, and survives any damage to it', () => {
    const random = randomOf(seedFor('header map codec'));
    const below = (n: number): number => Math.floor(random() * n);
    for (let round = 0; round < 10_000; round++) {
      const flat = Array.from({ length: below(6) * 2 }, () =>
        String.fromCharCode(...Array.from({ length: below(12) }, () => 1 + below(255))),
      );
      const bytes = serializePairs(flat);
      expect(parsePairs(bytes)).to.deep.equal(flat);
      if (bytes.length === 0) continue;
      const damaged = Buffer.from(bytes.subarray(0, 1 + below(bytes.length)));
      damaged[below(damaged.length)] = below(256);
      const parsed = parsePairs(damaged);
      // Whatever still parses is exactly what the bytes say.
      if (parsed && parsed.length > 0) expect(serializePairs(parsed).equals(damaged)).to.equal(true);
    }
  });
});
