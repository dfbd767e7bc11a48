import { expect } from 'chai';
import { LiveSet } from '../../src/structures/live-set.ts';
import { keepsNothing } from './generations.ts';

class Thing {
  place: number | undefined;
  readonly name: number;
  readonly load = Array.from({ length: 100 }, (_, i) => i);

  constructor(name: number) {
    this.name = name;
  }
}

const names = (set: LiveSet<Thing>): number[] => set.values().map(({ name }) => name);

describe('a set of what comes and goes', () => {
  it('has what was added and not deleted, in the order in which it came', () => {
    const set = new LiveSet<Thing>();
    const things = Array.from({ length: 5 }, (_, i) => new Thing(i));
    for (const thing of things) set.add(thing);
    const [first, second, third] = things as [Thing, Thing, Thing];
    set.add(third);
    expect(names(set)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(set.delete(first)).to.equal(true);
    expect(set.delete(first)).to.equal(false);
    expect(set.first).to.equal(second);
    expect(set.has(first)).to.equal(false);
    set.add(first);
    expect(names(set)).to.deep.equal([1, 2, 3, 4, 0]);
    set.clear();
    expect([set.size, set.first, names(set)]).to.deep.equal([0, undefined, []]);
    expect(set.has(second)).to.equal(false);
  });

  it('does what a Set does, whatever the order of additions and deletions', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const set = new LiveSet<Thing>();
      const model = new Set<Thing>();
      let state = seed;
      const draw = (below: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return (state >>> 8) % below;
      };
      for (let i = 0; i < 2000; i++) {
        const all = [...model];
        const one = all[draw(all.length || 1)];
        if (draw(100) < (i < 1000 ? 55 : 45) || !one) {
          const thing = new Thing(i);
          set.add(thing);
          model.add(thing);
        } else {
          // In order, as a queue, or anywhere.
          const gone = seed % 2 ? one : (all[0] as Thing);
          expect(set.delete(gone)).to.equal(model.delete(gone));
        }
        expect(set.first).to.equal([...model][0]);
        expect(set.size).to.equal(model.size);
      }
      expect(set.values()).to.deep.equal([...model]);
    }
  });

  it('may be changed while somebody walks through it', () => {
    const set = new LiveSet<Thing>();
    for (let i = 0; i < 200; i++) set.add(new Thing(i));
    const seen: number[] = [];
    for (const thing of set.values()) {
      seen.push(thing.name);
      set.delete(thing);
      set.add(new Thing(thing.name + 1000));
    }
    expect(seen).to.deep.equal(Array.from({ length: 200 }, (_, i) => i));
    expect(set.size).to.equal(200);
  });

  it('keeps nothing alive that is out of it, whatever was collected before', () => {
    const set = new LiveSet<Thing>();
    const queue: Thing[] = [];
    keepsNothing((i) => {
      const thing = new Thing(i);
      set.add(thing);
      if (queue.push(thing) > 64) set.delete(queue.shift() as Thing);
    });
  });
});
