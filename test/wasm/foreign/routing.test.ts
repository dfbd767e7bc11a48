import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { plugin } from '../world.ts';
import { caller } from '../host/caller.ts';

describe('clear_route_cache', () => {
  it('lets the route be chosen anew, and is harmless without an exchange', () => {
    const calls = caller();
    expect(calls.call('proxy_call_foreign_function', ['clear_route_cache', ''], 2)).to.equal(status.ok);
    expect(calls.stream.clearedRoute).to.equal(true);
    calls.host.current = calls.root;
    expect(calls.call('proxy_call_foreign_function', ['clear_route_cache', ''], 2)).to.equal(status.ok);
  });

  it('needs the grant for routes', () => {
    const calls = caller({
      plugin: { capabilities: { ...plugin.capabilities, families: ['ForeignFunctions'] } },
    });
    expect(calls.call('proxy_call_foreign_function', ['clear_route_cache', ''], 2)).to.equal(
      status.internalFailure,
    );
    expect(calls.stream.clearedRoute).to.equal(false);
  });
});
