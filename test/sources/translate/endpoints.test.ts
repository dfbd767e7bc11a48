import { expect } from 'chai';
import type { EndpointSlice, Service } from '../../../src/api/core.ts';
import { EndpointMemo } from '../../../src/sources/translate/endpoints.ts';

type Endpoints = NonNullable<EndpointSlice['endpoints']>;
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'a' },
  spec: { ports: [{ port: 80, name: 'http' }, { port: 81 }] },
} as Service;
const slice = (endpoints: Endpoints, part: Partial<EndpointSlice> = {}): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's', namespace: 'a', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080 }, { port: 8181 }],
  endpoints,
  ...part,
});
const at = (address: string, conditions?: Endpoints[number]['conditions']): Endpoints[number] => ({
  addresses: [address],
  ...(conditions && { conditions }),
});
const endpointsOf = (of: Service | undefined, port: number, slices: readonly EndpointSlice[]) =>
  new EndpointMemo().resolve('u', of, port, slices);
const addresses = (...slices: readonly EndpointSlice[]): readonly string[] =>
  endpointsOf(service, 80, slices).map(({ address }) => address);

const unready = { ready: false };
const leaving = { ready: false, serving: true, terminating: true };

describe('endpoints of a Service port', () => {
  const rules: readonly (readonly [string, Endpoints, readonly string[]])[] = [
    [
      'ready ones, an absent condition means ready',
      [at('1', { ready: true }), at('2'), at('3', {})],
      ['1', '2', '3'],
    ],
    ['none that is not ready', [at('1', unready), at('2')], ['2']],
    ['no terminating one while another is ready', [at('1', leaving), at('2')], ['2']],
    ['those that serve while they terminate when none is ready', [at('1', leaving), at('2', unready)], ['1']],
    ['none that terminates without serving', [at('1', { ...leaving, serving: false })], []],
    ['none that serves, is not ready and does not terminate', [at('1', { ready: false, serving: true })], []],
    ['the first address of each', [{ addresses: ['1', '2'] }, { addresses: [] }], ['1']],
    ['each once, sorted', [at('2'), at('1'), at('2')], ['1', '2']],
  ];
  for (const [title, endpoints, want] of rules) {
    it(`takes ${title}`, () => expect(addresses(slice(endpoints))).to.deep.equal(want));
  }

  it('takes all slices together: ready in one counts against terminating in another', () => {
    expect(addresses(slice([at('1'), at('2')]), slice([at('2'), at('3')]))).to.deep.equal(['1', '2', '3']);
    expect(addresses(slice([at('1', leaving)]), slice([at('2')]))).to.deep.equal(['2']);
    expect(addresses(slice([at('1', leaving)]), slice([at('2', leaving)]))).to.deep.equal(['1', '2']);
  });

  for (const [port, want] of [
    [80, [8080]],
    [81, [8181]],
    [82, []],
  ] as const) {
    it(`finds the target of port ${port} by the name of the port`, () =>
      expect(endpointsOf(service, port, [slice([at('1')])]).map((one) => one.port)).to.deep.equal(want));
  }

  it('passes over slices that do not have the port, and names instead of addresses', () => {
    expect(addresses(slice([at('1')], { ports: [{ name: 'other', port: 1 }] }))).to.deep.equal([]);
    expect(addresses(slice([at('host.example')], { addressType: 'FQDN' }))).to.deep.equal([]);
    expect(endpointsOf(undefined, 80, [slice([at('1')])])).to.deep.equal([]);
  });
});

describe('EndpointMemo', () => {
  it('gives the same object while the endpoints are the same, also from other slices', () => {
    const memo = new EndpointMemo();
    const first = memo.resolve('u', service, 80, [slice([at('1')])]);
    expect(memo.resolve('u', service, 80, [slice([at('1'), at('2', unready)])])).to.equal(first);
    expect(memo.resolve('u', service, 80, [slice([at('1'), at('2')])])).to.have.length(2);
    expect(memo.resolve('u', service, 81, [slice([at('1')])])[0]?.port).to.equal(8181);
  });

  it('forgets upstreams that are gone', () => {
    const memo = new EndpointMemo();
    const slices = [slice([at('1')])];
    const first = memo.resolve('u', service, 80, slices);
    expect(memo.resolve('u', service, 80, slices)).to.equal(first);
    memo.forget('u');
    expect(memo.resolve('u', service, 80, slices)).not.to.equal(first);
  });
});
