import { expect } from 'chai';
import { addressesOfService, shownAddresses, toLoadBalancer } from '../../../src/sources/kube/addresses.ts';

const service = (spec: object, ingress?: unknown) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'loom' },
  spec,
  status: { loadBalancer: { ingress } },
});

describe('the addresses of a Service', () => {
  for (const [what, object, addresses] of [
    [
      'those of its load balancer, in an order of their own',
      service({}, [{ hostname: 'lb.test' }, { ip: '::1' }, { ip: '192.0.2.2' }, { ip: '192.0.2.1' }]),
      '192.0.2.1,192.0.2.2,::1,lb.test',
    ],
    ['each once', service({}, [{ ip: '192.0.2.1' }, { ip: '192.0.2.1' }]), '192.0.2.1'],
    [
      'the address of what has a name too',
      service({}, [{ ip: '192.0.2.1', hostname: 'lb.test' }]),
      '192.0.2.1',
    ],
    [
      'its externalIPs before all',
      service({ externalIPs: ['198.51.100.1'] }, [{ ip: '192.0.2.1' }]),
      '198.51.100.1',
    ],
    ['none before it has any', service({ externalIPs: [] }, undefined), ''],
    ['none of entries that say nothing', service({}, [{ ports: [] }, { ip: '' }, null, 'x']), ''],
    ['no more than a status takes', service({}, manyAddresses(100)), manyAddresses(64).map(ipOf).join()],
  ] as const)
    it(`are ${what}`, () => expect(addressesOfService(object)).to.equal(addresses));

  it('are found again in the status that is made of them', () => {
    const addresses = '192.0.2.1,2001:db8::1,lb.test';
    const loadBalancer = toLoadBalancer(addresses);
    expect(loadBalancer).to.deep.equal({
      ingress: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }, { hostname: 'lb.test' }],
    });
    expect(shownAddresses({ status: { loadBalancer } })).to.equal(addresses);
    expect(toLoadBalancer('')).to.equal(undefined);
  });

  for (const object of [undefined, {}, { status: null }, { status: { loadBalancer: {} } }])
    it(`are none in ${JSON.stringify(object)}`, () => expect(shownAddresses(object)).to.equal(''));
});

function manyAddresses(count: number): readonly { readonly ip: string }[] {
  return Array.from({ length: count }, (_, i) => ({ ip: `192.0.2.${100 + i}` }));
}
function ipOf({ ip }: { readonly ip: string }): string {
  return ip;
}
