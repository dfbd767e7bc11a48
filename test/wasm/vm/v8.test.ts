import { expect } from 'chai';
import { Epoch, makeEpochs } from '../../../src/wasm/vm/budget/epoch.ts';
import type { Instance } from '../../../src/wasm/vm/engine.ts';
import { rewrite } from '../../../src/wasm/vm/rewrite/rewrite.ts';
import { V8Engine } from '../../../src/wasm/vm/v8.ts';

const magic = '0061736d01000000';
const hex = (...sections: readonly string[]): Buffer =>
  Buffer.from([magic, ...sections].join('').replaceAll(' ', ''), 'hex');
const type = '01 05 01 60 00 01 7f';
const memory = '05 03 01 00 01';
const exportsOf = '07 05 01 01 66 00 00';

/** `f` adds one to a global and to a word in memory, and gives their sum. */
const counting = hex(
  type,
  '03 02 01 00',
  memory,
  '06 06 01 7f 01 41 00 0b',
  exportsOf,
  '0a 20 01 1e 00 23 00 41 01 6a 24 00 41 00 41 00 28 02 00 41 01 6a 36 02 00 23 00 41 00 28 02 00 6a 0b',
);
/** `f` grows the memory by a page and gives its size before. */
const growing = hex(type, '03 02 01 00', memory, exportsOf, '0a 08 01 06 00 41 01 40 00 0b');
/** `f` writes to a table. */
const filing = hex(
  type,
  '03 02 01 00',
  '04 04 01 70 00 01',
  memory,
  exportsOf,
  '0a 0c 01 0a 00 41 00 d0 70 26 00 41 00 0b',
);

describe('an instance of V8', () => {
  const engine = new V8Engine(new Epoch(makeEpochs(1), 0, 0));
  const start = (bytes: Buffer, limit = 2 ** 20): Instance =>
    engine.instantiate(new WebAssembly.Module(rewrite(bytes)), {}, limit);

  it('goes back to what it was: memory and globals', () => {
    const instance = start(counting);
    const f = instance.call('f');
    expect([f?.(), f?.()]).to.deep.equal([2, 4]);
    const saved = instance.save();
    expect([f?.(), f?.()]).to.deep.equal([6, 8]);
    expect(saved && instance.restore(saved)).to.equal(true);
    expect(f?.()).to.equal(6);
  });

  it('does not go back when its memory has grown', () => {
    const instance = start(growing);
    const saved = instance.save();
    instance.call('f')?.();
    expect(saved && instance.restore(saved)).to.equal(false);
  });

  it('cannot go back when its calls change more', () => {
    expect(start(filing).save()).to.equal(undefined);
  });

  it('grows to its limit and no further', () => {
    const f = start(growing, 3 * 65_536).call('f');
    expect([f?.(), f?.(), f?.()]).to.deep.equal([1, 2, -1]);
  });
});
