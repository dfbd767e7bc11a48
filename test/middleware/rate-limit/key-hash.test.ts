import { expect } from 'chai';
import { KeyHash } from '../../../src/middleware/rate-limit/key-hash.ts';

const hash = (text: string, k0 = 1, k1 = 2): string => {
  const key = new KeyHash(k0, k1);
  key.update(text);
  return `${key.low} ${key.high}`;
};

describe('KeyHash', () => {
  it('gives one text one hash, whatever came before', () => {
    const key = new KeyHash(1, 2);
    key.update('something else');
    key.update('a');
    expect(`${key.low} ${key.high}`).to.equal(hash('a'));
  });

  it('tells texts apart that differ little', () => {
    const texts = [
      '',
      '\0',
      '\0\0',
      '\0\0\0',
      'a',
      'b',
      'aa',
      'aaa',
      'a\0',
      '\0a',
      'ab',
      'ba',
      'é',
      'ab\0',
      'a\0b',
    ];
    expect(new Set(texts.map((text) => hash(text))).size).to.equal(texts.length);
  });

  it('depends on both words of the key', () => {
    expect(new Set([hash('a'), hash('a', 2, 2), hash('a', 1, 3)]).size).to.equal(3);
  });

  it('changes about half of its bits with every bit of the text', () => {
    const key = new KeyHash(0x1234567, 0x89abcde);
    const flips = Array.from({ length: 64 }, () => 0);
    const texts = 2000;
    for (let i = 0; i < texts; i++) {
      key.update(`10.0.${i >> 8}.${i & 255}`);
      const [low, high] = [key.low, key.high];
      key.update(`10.1.${i >> 8}.${i & 255}`);
      for (let bit = 0; bit < 64; bit++) {
        const different = bit < 32 ? (low ^ key.low) >>> bit : (high ^ key.high) >>> (bit - 32);
        flips[bit] = (flips[bit] ?? 0) + (different & 1);
      }
    }
    // Binomial(2000, 1/2): six standard deviations are 134.
    for (const [bit, count] of flips.entries()) expect(count, `bit ${bit}`).to.be.within(866, 1134);
  });
});
