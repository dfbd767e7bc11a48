import { expect } from 'chai';
import { parsePairs } from '../../../src/wasm/abi/header-map.ts';
import { endpoints, setHealthy, world } from '../../balance/world.ts';
import { caller } from './caller.ts';

describe('the endpoints of a request', () => {
  const { cluster, shared } = world('RoundRobin', endpoints(1, 2));
  setHealthy(shared, 1, false);

  it('are shown with their health', () => {
    const c = caller();
    c.stream.exchange.backends = [cluster];
    expect(c.call('proxy_get_upstream_hosts', [], 2)).to.equal(0);
    const pairs = parsePairs(c.value()) ?? [];
    expect([pairs[0], JSON.parse(pairs[1] ?? ''), pairs[2], JSON.parse(pairs[3] ?? '')]).to.deep.equal([
      '10.0.0.0:80',
      { health_status: 'Healthy', weight: 1, active_requests: 0 },
      '10.0.0.1:80',
      { health_status: 'Unhealthy', weight: 2, active_requests: 0 },
    ]);
  });

  it('are none where the route answers itself', () => {
    const c = caller();
    expect(c.call('proxy_get_upstream_hosts', [], 2)).to.equal(0);
    expect(c.value()).to.have.length(0);
  });

  it('can be chosen for a request, and for nothing else', () => {
    const c = caller();
    expect(c.call('proxy_set_upstream_override_host', ['10.0.0.1:80'])).to.equal(0);
    expect(c.stream.exchange.preferredEndpoint).to.equal('10.0.0.1:80');
    c.host.current = c.root;
    expect(c.call('proxy_set_upstream_override_host', ['10.0.0.1:80'])).to.equal(2);
  });
});
