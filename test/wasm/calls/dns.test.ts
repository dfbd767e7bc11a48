import { expect } from 'chai';
import { dnsAnswer } from '../../../src/wasm/calls/dns.ts';
import { callWorld, type CallWorld } from './world.ts';

describe('envoy_resolve_dns', () => {
  let world: CallWorld;
  beforeEach(async () => {
    world = await callWorld(['localhost:80', 'nowhere.invalid:80']);
  });
  afterEach(() => world.close());

  it('gives the addresses of a host that a grant names', async () => {
    world.stage('configure dns localhost');
    const heard = await world.hears('dns_resolved');
    expect(heard.at(-1)).to.match(/^dns_resolved 0 [1-9] (127\.0\.0\.1|\[::1\]):0/);
    expect(world.calls).to.deep.equal(['shop/p localhost ok']);
  });

  it('gives nothing for a host that has none', async () => {
    world.stage('configure dns nowhere.invalid');
    await world.hears('dns_resolved 0 0');
  });

  it('asks for no other', async () => {
    world.stage('configure dns example.com');
    await world.hears('dns 2 0');
  });

  it('has the form of Envoy', () => {
    const bytes = dnsAnswer(['10.0.0.1', '::1']);
    expect(bytes.readUInt32LE(0)).to.equal(2);
    expect([bytes.readUInt32LE(4), bytes.readUInt32LE(8)]).to.deep.equal([60, 60]);
    expect(bytes.latin1Slice(12)).to.equal('10.0.0.1:0\0[::1]:0\0');
  });
});
