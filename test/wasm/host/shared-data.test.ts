import { expect } from 'chai';
import { maxDataBytes } from '../../../src/wasm/shared/data.ts';
import { status } from '../../../src/wasm/abi/status.ts';
import { plugin } from '../world.ts';
import { caller, type Caller } from './caller.ts';

describe('host functions of shared data', () => {
  let guest: Caller;

  beforeEach(() => {
    guest = caller();
  });

  const set = (key: string, value: string | Buffer, cas: number): number =>
    guest.call('proxy_set_shared_data', [key, value, cas]);
  const get = (key: string): number => guest.call('proxy_get_shared_data', [key], 3);

  it('gives value and CAS number', () => {
    expect(get('k')).to.equal(status.notFound);
    expect(set('k', 'one', 0)).to.equal(status.ok);
    expect(get('k')).to.equal(status.ok);
    expect([guest.value().toString(), guest.result(2)]).to.deep.equal(['one', 1]);
    expect(set('k', 'two', 1)).to.equal(status.ok);
    expect(set('k', 'three', 1)).to.equal(status.casMismatch);
    get('k');
    expect([guest.value().toString(), guest.result(2)]).to.deep.equal(['two', 2]);
  });

  it('gives an empty value as no bytes at all', () => {
    set('k', '', 0);
    expect(get('k')).to.equal(status.ok);
    expect([guest.result(0), guest.result(1), guest.result(2)]).to.deep.equal([0, 0, 1]);
  });

  it('takes the CAS number as unsigned', () => {
    set('k', 'one', 0);
    expect(set('k', 'two', -1)).to.equal(status.casMismatch);
  });

  it('tells a plugin whose scope is full, and the log', () => {
    const large = Buffer.alloc(12_000);
    let i = 0;
    while (i < maxDataBytes / 12_000 && set(`k${i}`, large, 0) === status.ok) i++;
    expect(set('one more', large, 0)).to.equal(status.internalFailure);
    expect(get('one more')).to.equal(status.notFound);
    expect(guest.world.records.at(-1)?.msg).to.equal('shared data of plugin is full; a value was not stored');
  });

  it('has nothing for a plugin that is not granted it', () => {
    guest = caller({ plugin: { capabilities: { ...plugin.capabilities, families: [] } } });
    expect(get('k')).to.equal(status.internalFailure);
    expect(set('k', 'one', 0)).to.equal(status.internalFailure);
  });

  it('checks every pointer before anything changes', () => {
    const wild = 0x7fff0000;
    set('k', 'one', 0);
    expect(guest.raw('proxy_get_shared_data', 0x1000, 1, 0x2000, 0x2004, wild)).to.equal(
      status.invalidMemoryAccess,
    );
    expect(guest.raw('proxy_get_shared_data', wild, 1, 0x2000, 0x2004, 0x2008)).to.equal(
      status.invalidMemoryAccess,
    );
    expect(guest.raw('proxy_set_shared_data', 0x1000, 1, wild, 1, 0)).to.equal(status.invalidMemoryAccess);
    expect(guest.raw('proxy_set_shared_data', wild, 1, 0x1000, 1, 0)).to.equal(status.invalidMemoryAccess);
    get('k');
    expect([guest.value().toString(), guest.result(2)]).to.deep.equal(['one', 1]);
  });
});
