import { expect } from 'chai';
import { errno } from '../../../src/wasm/abi/status.ts';
import { caller, type Caller } from './caller.ts';

const pointers = 0x100;
const text = 0x200;

function environ(calls: Caller): string[] {
  expect(calls.call('environ_sizes_get', [], 2)).to.equal(errno.success);
  const [count, size] = [calls.result(0), calls.result(1)];
  expect(calls.raw('environ_get', pointers, text)).to.equal(errno.success);
  const memory = Buffer.from(calls.memory.buffer);
  const end = text + size;
  return Array.from({ length: count }, (_, i) => {
    const from = memory.readUInt32LE(pointers + 4 * i);
    const to = memory.indexOf(0, from);
    expect(from >= text && to < end, 'within what was promised').to.equal(true);
    return memory.toString('utf8', from, to);
  });
}

describe('the environment of a plugin', () => {
  it('has the variables of the WasmPlugin, in order', () => {
    const env = [
      { name: 'MODE', value: 'strict' },
      { name: 'EMPTY', value: '' },
      { name: 'TEXT', value: 'a=b ü' },
    ];
    expect(environ(caller({ plugin: { env } }))).to.deep.equal(['MODE=strict', 'EMPTY=', 'TEXT=a=b ü']);
  });

  it('has nothing of the process', () => {
    expect(process.env['PATH']).to.be.a('string');
    expect(environ(caller())).to.deep.equal([]);
  });

  it('is written whole or not at all', () => {
    const calls = caller({ plugin: { env: [{ name: 'A', value: 'b'.repeat(100) }] } });
    const size = calls.memory.buffer.byteLength;
    const before = Buffer.from(calls.memory.buffer.slice(0));
    expect(calls.raw('environ_get', pointers, size - 50)).to.equal(errno.fault);
    expect(calls.raw('environ_get', size - 2, text)).to.equal(errno.fault);
    expect(calls.raw('environ_sizes_get', pointers, size)).to.equal(errno.fault);
    expect(Buffer.from(calls.memory.buffer).equals(before)).to.equal(true);
  });

  it('comes without arguments', () => {
    const calls = caller();
    expect(calls.call('args_sizes_get', [], 2)).to.equal(errno.success);
    expect([calls.result(0), calls.result(1)]).to.deep.equal([0, 0]);
    expect(calls.raw('args_get', 0, 0)).to.equal(errno.success);
  });
});
