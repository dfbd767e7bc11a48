import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { writeMessage } from '../../../src/wasm/abi/protobuf.ts';
import { plugin, respond } from '../world.ts';
import { caller, type Caller } from '../host/caller.ts';

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

  describe('inject_encoded_data_to_filter_chain_on_header', () => {
    const name = 'inject_encoded_data_to_filter_chain_on_header';
    const inject = (calls: Caller, argument: Buffer): number =>
      calls.call('proxy_call_foreign_function', [name, argument], 2);
    const injected = (calls: Caller): [string, boolean][] => {
      const seen: [string, boolean][] = [];
      calls.stream.owner = {
        answered() {},
        failed() {},
        inject: (_stream, bytes, end) => void seen.push([bytes.toString(), end]),
      };
      return seen;
    };

    it('hands bytes to the response, once there is one', () => {
      const calls = caller();
      const seen = injected(calls);
      expect(inject(calls, writeMessage([[1, 'early']]))).to.equal(status.ok);
      respond(calls.stream.exchange);
      expect(inject(calls, writeMessage([[1, 'ab']]))).to.equal(status.ok);
      expect(inject(calls, writeMessage([[2, true]]))).to.equal(status.ok);
      expect(seen).to.deep.equal([
        ['ab', false],
        ['', true],
      ]);
    });

    it('refuses what is no message, and a plugin without the body of responses', () => {
      expect(inject(caller(), Buffer.from([10]))).to.equal(status.badArgument);
      const families = ['ForeignFunctions'] as const;
      const calls = caller({ plugin: { capabilities: { ...plugin.capabilities, families } } });
      respond(calls.stream.exchange);
      const seen = injected(calls);
      expect(inject(calls, writeMessage([[1, 'ab']]))).to.equal(status.internalFailure);
      expect(seen).to.deep.equal([]);
    });
  });
});
