import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { BadPointer, GuestMemory } from '../../../src/wasm/vm/memory.ts';

const page = 65536;

describe('guest memory', () => {
  let memory: WebAssembly.Memory;
  let asked: number[];
  let answer: (size: number) => number;
  let guest: GuestMemory;
  const bytes = (): Buffer => Buffer.from(memory.buffer);

  beforeEach(() => {
    memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
    asked = [];
    answer = () => 1024;
    guest = new GuestMemory(memory, (size) => {
      asked.push(size);
      return answer(size);
    });
  });

  const ranges: readonly (readonly [number, number])[] = [
    [page, 1],
    [page - 3, 4],
    [0, page + 1],
    [-1, 1],
    [-1, 0],
    [0x7fffffff, 0x7fffffff],
    [1, -1],
  ];
  for (const [pointer, size] of ranges) {
    it(`refuses ${size} bytes at ${pointer}`, () => {
      for (const read of ['latin1', 'utf8', 'name', 'copy', 'subarray', 'check'] as const) {
        expect(() => guest[read](pointer, size), read).to.throw(BadPointer);
      }
    });
  }

  it('takes the last byte, and no bytes at the very end', () => {
    bytes()[page - 1] = 0x41;
    expect(guest.latin1(page - 1, 1)).to.equal('A');
    expect(guest.latin1(page, 0)).to.equal('');
  });

  it('reads on after the guest has grown its memory', () => {
    bytes().write('before', 16);
    expect(guest.latin1(16, 6)).to.equal('before');
    memory.grow(1);
    bytes().write('behind', page + 16);
    expect(guest.latin1(16, 6)).to.equal('before');
    expect(guest.latin1(page + 16, 6)).to.equal('behind');
    expect(guest.u32(page + 16)).to.equal(bytes().readUInt32LE(page + 16));
  });

  it('writes a value where an allocator that grows the memory says', () => {
    answer = () => {
      memory.grow(1);
      return page + 8;
    };
    expect(guest.give('héllo', 0, 4)).to.equal(status.ok);
    expect([bytes().readUInt32LE(0), bytes().readUInt32LE(4)]).to.deep.equal([page + 8, 5]);
    expect(
      bytes()
        .subarray(page + 8, page + 13)
        .toString('latin1'),
    ).to.equal('héllo');
  });

  it('never asks the allocator for nothing', () => {
    bytes().fill(0xff, 0, 8);
    expect(guest.give('', 0, 4)).to.equal(status.ok);
    expect(guest.givePairs([], 0, 4)).to.equal(status.ok);
    expect(asked).to.deep.equal([]);
    expect(
      bytes()
        .subarray(0, 8)
        .every((byte) => byte === 0),
    ).to.equal(true);
  });

  it('says so when the allocator fails', () => {
    answer = () => 0;
    expect(guest.give('x', 0, 4)).to.equal(status.invalidMemoryAccess);
  });

  it('refuses an allocator that points outside, and stores nothing then', () => {
    answer = () => 0xfffffff0;
    expect(() => guest.give(Buffer.from('x'), 0, 4)).to.throw(BadPointer);
    expect(bytes().readUInt32LE(0)).to.equal(0);
  });

  it('looks at the result pointers before it allocates', () => {
    expect(() => guest.give('x', page, 0)).to.throw(BadPointer);
    expect(() => guest.give('x', 0, page - 2)).to.throw(BadPointer);
    expect(asked).to.deep.equal([]);
  });
});
