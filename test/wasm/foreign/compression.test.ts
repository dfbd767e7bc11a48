import { deflateSync, inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { caller } from '../host/caller.ts';

const text = Buffer.from('over and over '.repeat(200));

describe('compression for plugins', () => {
  it('gives the zlib format', () => {
    const calls = caller();
    expect(calls.call('proxy_call_foreign_function', ['compress', text], 2)).to.equal(status.ok);
    expect(calls.value().length).to.be.below(text.length / 10);
    expect(inflateSync(calls.value()).equals(text)).to.equal(true);
  });

  it('takes it back', () => {
    const calls = caller();
    expect(calls.call('proxy_call_foreign_function', ['uncompress', deflateSync(text)], 2)).to.equal(
      status.ok,
    );
    expect(calls.value().equals(text)).to.equal(true);
  });

  for (const [what, bytes] of [
    ['what is not zlib', Buffer.from('plain')],
    ['what ends too early', deflateSync(text).subarray(0, 20)],
    ['more than 16 MiB', deflateSync(Buffer.alloc((16 << 20) + 1))],
  ] as const) {
    it(`refuses ${what}`, () => {
      const calls = caller();
      calls.memory.grow(1);
      expect(
        calls.call('proxy_call_foreign_function', ['uncompress', bytes.subarray(0, 0x4000)], 2),
      ).to.equal(status.serializationFailure);
    });
  }

  it('inflates up to 16 MiB', () => {
    const calls = caller();
    calls.memory.grow(300);
    const size = 16 << 20;
    const packed = deflateSync(Buffer.alloc(size));
    Buffer.from(calls.memory.buffer).set(Buffer.from('uncompress'), 0);
    Buffer.from(calls.memory.buffer).set(packed, 64);
    // The result is not wanted, so the small memory of the test's guest does.
    expect(calls.raw('proxy_call_foreign_function', 0, 10, 64, packed.length, 0, 32)).to.equal(status.ok);
    expect(Buffer.from(calls.memory.buffer).readUInt32LE(32)).to.equal(size);
  });
});
