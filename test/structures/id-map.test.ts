import { expect } from 'chai';
import { IdMap } from '../../src/structures/id-map.ts';
import { keepsNothing } from './generations.ts';

describe('a map of ids', () => {
  it('does what a Map does, for ids that ascend, and for any', () => {
    for (const idOf of [
      (i: number) => i,
      (i: number) => i * 4,
      (i: number) => 2 ** 53 - 1 - i * 4096,
      (i: number) => Math.imul(i, 0x9e37_79b1) >>> 0,
    ]) {
      const map = new IdMap<string>();
      const model = new Map<number, string>();
      let state = 7;
      const draw = (below: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return (state >>> 8) % below;
      };
      for (let i = 0; i < 20_000; i++) {
        const id = idOf(draw(300));
        if (draw(100) < 50) {
          map.set(id, `v${i}`);
          model.set(id, `v${i}`);
        } else expect(map.delete(id)).to.equal(model.delete(id));
        const other = idOf(draw(300));
        expect(map.get(other)).to.equal(model.get(other));
        expect(map.has(other)).to.equal(model.has(other));
        expect(map.size).to.equal(model.size);
      }
      expect(map.values()).to.have.members([...model.values()]);
      map.clear();
      expect([map.size, map.values(), map.get(idOf(1))]).to.deep.equal([0, [], undefined]);
    }
  });

  it('tells a value of undefined from none', () => {
    const map = new IdMap<string | undefined>();
    map.set(3, undefined);
    expect([map.has(3), map.has(4), map.size]).to.deep.equal([true, false, 1]);
    expect(map.values()).to.deep.equal([undefined]);
  });

  it('keeps nothing alive that is out of it, whatever was collected before', () => {
    const map = new IdMap<number[]>();
    keepsNothing((i) => {
      map.set(
        i,
        Array.from({ length: 100 }, () => i),
      );
      if (i >= 64) map.delete(i - 64);
    });
  });
});
