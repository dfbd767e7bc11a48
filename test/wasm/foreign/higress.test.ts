import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { caller } from '../host/caller.ts';

describe("foreign functions of Higress' SDK", () => {
  for (const [level, number] of [
    ['debug', 1],
    ['warn', 3],
    ['silent', 5],
  ] as const) {
    it(`get_log_level tells ${level} as ${number}`, () => {
      const calls = caller({ level });
      expect(calls.call('proxy_call_foreign_function', ['get_log_level', ''], 2)).to.equal(status.ok);
      expect(calls.value().readUInt32LE()).to.equal(number);
    });
  }

  it('set_global_max_requests_per_io_cycle takes a u64', () => {
    const set = (argument: Buffer): number =>
      caller().call('proxy_call_foreign_function', ['set_global_max_requests_per_io_cycle', argument], 2);
    expect([set(Buffer.alloc(8)), set(Buffer.alloc(4))]).to.deep.equal([status.ok, status.badArgument]);
  });
});
