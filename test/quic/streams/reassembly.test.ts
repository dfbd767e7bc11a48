import { expect } from 'chai';
import { Reassembly } from '../../../src/quic/streams/reassembly.ts';

const text = Buffer.from(Array.from({ length: 4000 }, (_, i) => i & 0xff));

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 8) % below;
  };
}

describe('reassembly of streams', () => {
  it('gives all bytes once and in order, whatever the order and overlap of the pieces', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const below = random(seed);
      const pieces: [number, number][] = [];
      for (let at = 0; at < text.length;) {
        const length = 1 + below(300);
        pieces.push([at, Math.min(text.length, at + length + below(40))]);
        at += length;
      }
      for (let i = 0; i < 20; i++) {
        const from = below(text.length);
        pieces.push([from, Math.min(text.length, from + below(900))]);
      }
      for (let i = pieces.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [pieces[i], pieces[j]] = [pieces[j] as [number, number], pieces[i] as [number, number]];
      }
      const reassembly = new Reassembly();
      const got: Buffer[] = [];
      for (const [from, to] of pieces) {
        expect(reassembly.insert(from, text.subarray(from, to))).to.equal(true);
        if (below(2) === 0) for (let next = reassembly.read(); next; next = reassembly.read()) got.push(next);
      }
      for (let next = reassembly.read(); next; next = reassembly.read()) got.push(next);
      expect(Buffer.concat(got).equals(text), `seed ${seed}`).to.equal(true);
      expect(reassembly.offset).to.equal(text.length);
    }
  });

  it('refuses to hold more gaps than are worth it', () => {
    const reassembly = new Reassembly();
    let taken = 0;
    while (taken < 5000 && reassembly.insert(taken * 2 + 1, Buffer.alloc(1))) taken++;
    expect(taken).to.equal(1024);
  });
});
