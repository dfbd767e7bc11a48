import { expect } from 'chai';
import { status } from '../../../src/wasm/abi/status.ts';
import { maxMetrics } from '../../../src/wasm/shared/metric-memory.ts';
import { caller, type Caller } from './caller.ts';

describe('host functions of metrics', () => {
  let guest: Caller;

  beforeEach(() => {
    guest = caller();
  });

  function defined(type: number, name: string): number {
    expect(guest.call('proxy_define_metric', [type, name], 1)).to.equal(status.ok);
    return guest.result();
  }
  function valueOf(id: number): bigint {
    expect(guest.call('proxy_get_metric', [id], 1)).to.equal(status.ok);
    return guest.result64();
  }

  it('count, set and tell', () => {
    const [counter, gauge] = [defined(0, 'c'), defined(1, 'g')];
    expect(guest.raw('proxy_increment_metric', counter, 2n)).to.equal(status.ok);
    expect(guest.raw('proxy_record_metric', counter, 3n)).to.equal(status.ok);
    expect(guest.raw('proxy_record_metric', gauge, 1n)).to.equal(status.ok);
    expect(guest.raw('proxy_increment_metric', gauge, -2n)).to.equal(status.ok);
    expect([valueOf(counter), valueOf(gauge)], 'below 0 it wraps').to.deep.equal([5n, 2n ** 64n - 1n]);
  });

  it('refuse what Envoy refuses', () => {
    const [counter, histogram] = [defined(0, 'c'), defined(2, 'h')];
    expect(guest.call('proxy_define_metric', [3, 'x'], 1)).to.equal(status.badArgument);
    expect(guest.call('proxy_define_metric', [-1, 'x'], 1)).to.equal(status.badArgument);
    expect(guest.raw('proxy_increment_metric', counter, 0n)).to.equal(status.badArgument);
    expect(guest.raw('proxy_increment_metric', histogram, 1n)).to.equal(status.badArgument);
    expect(guest.raw('proxy_record_metric', histogram, 1n)).to.equal(status.ok);
    expect(guest.call('proxy_get_metric', [histogram], 1)).to.equal(status.badArgument);
    expect(guest.call('proxy_get_metric', [400], 1)).to.equal(status.notFound);
    expect(guest.raw('proxy_record_metric', 400, 1n)).to.equal(status.notFound);
    expect(guest.raw('proxy_increment_metric', -4, 1n)).to.equal(status.notFound);
  });

  it('give a plugin with too many one that counts nothing, and tell the log once', () => {
    for (let i = 0; i <= maxMetrics + 1; i++) defined(0, `metric ${i}`);
    const id = defined(0, 'one more');
    expect(guest.raw('proxy_increment_metric', id, 1n)).to.equal(status.ok);
    expect(valueOf(id)).to.equal(0n);
    const warnings = guest.world.records.filter(({ msg }) => msg.includes('too many metrics'));
    expect(warnings).to.have.length(1);
  });
});
