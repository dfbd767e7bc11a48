import { expect } from 'chai';
import { MemoryAccount } from '../../../src/wasm/vm/memory-account.ts';

const mebibyte = 2 ** 20;
const memoryOf = (mebibytes: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: mebibytes * 16 });

describe('the account of memory', () => {
  let collected: number;
  const account = (limit: number): MemoryAccount =>
    new MemoryAccount(limit * mebibyte, () => void collected++);
  beforeEach(() => void (collected = 0));

  it('admits as much as there may be together, with what instances have grown by', () => {
    const few = account(10);
    const memory = memoryOf(4);
    few.add(memory);
    few.admit(6 * mebibyte);
    memory.grow(16);
    expect(() => few.admit(6 * mebibyte)).to.throw('would use 11 MiB; together they may use 10 MiB');
    few.drop(memory);
    few.admit(10 * mebibyte);
  });

  it('collects what ended instances leave behind, each 256 MiB', () => {
    const many = account(10_000);
    for (let i = 0; i < 8; i++) {
      const memory = memoryOf(64);
      many.add(memory);
      many.drop(memory);
      many.drop(memory);
    }
    expect(collected).to.equal(2);
  });

  it('collects sooner when the limit is near', () => {
    const few = account(10);
    const memory = memoryOf(8);
    few.add(memory);
    few.drop(memory);
    few.admit(8 * mebibyte);
    expect(collected).to.equal(1);
  });
});
