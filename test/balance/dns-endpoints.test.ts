import { expect } from 'chai';
import { DnsEndpoints } from '../../src/balance/dns-endpoints.ts';
import type { Found } from '../../src/balance/name-lookup.ts';
import type { Endpoint, Upstream } from '../../src/model/upstream.ts';
import { eventually } from '../support/wait.ts';

const dns = { family: 'Any', minIntervalMs: 5, maxIntervalMs: 1000 } as const;
const upstream: Upstream = { id: 'u', loadBalancer: 'RoundRobin', connectTimeoutMs: 1000, dns };
const endpoint = (address: string): Endpoint => ({ address, port: 80, weight: 3 });

describe('DnsEndpoints', () => {
  let zone: Record<string, Found | Error>;
  let asked: string[];
  let told: string[];
  let changes: number;
  let names: DnsEndpoints;
  beforeEach(() => {
    [zone, asked, told, changes] = [{}, [], [], 0];
    names = new DnsEndpoints(
      () => void changes++,
      (name, addresses, problem) => void told.push([name, ...addresses, problem ?? 'ok'].join(' ')),
      (name) => {
        asked.push(name);
        const found = zone[name] ?? new Error(`no ${name}`);
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
      },
    );
  });
  afterEach(() => names.close());

  const expand = (from: readonly Endpoint[], settings: Partial<Upstream> = {}): readonly Endpoint[] =>
    names.expand(new Map([['u', { ...upstream, ...settings }]]), new Map([['u', from]])).get('u') ?? [];
  const addresses = (from: readonly Endpoint[]): readonly string[] =>
    expand(from).map(({ address }) => address);

  it('makes each address of a name an endpoint like it, beside those that have one', async () => {
    zone['a.test'] = { addresses: ['10.0.0.2', '10.0.0.1'], ttlMs: 1000 };
    const from = [endpoint('a.test'), endpoint('10.0.0.9')];
    expect(addresses(from)).to.deep.equal(['a.test', '10.0.0.9']);
    await eventually('the answer is there', () => changes === 1);
    expect(expand(from)).to.deep.equal(['10.0.0.1', '10.0.0.2', '10.0.0.9'].map(endpoint));
    expect(told).to.deep.equal(['a.test 10.0.0.1 10.0.0.2 ok']);
  });

  it('gives the same list again while nothing has changed, and that of others untouched', async () => {
    zone['a.test'] = { addresses: ['10.0.0.1'], ttlMs: 1000 };
    const from = [endpoint('a.test')];
    expand(from);
    await eventually('the answer is there', () => changes === 1);
    expect(expand(from)).to.equal(expand(from));
    expect(
      names
        .expand(new Map([['u', { ...upstream, dns: undefined as never }]]), new Map([['u', from]]))
        .get('u'),
    ).to.equal(from);
  });

  it('asks again when the answer holds no longer, and says so only when it is another', async () => {
    zone['a.test'] = { addresses: ['10.0.0.1'], ttlMs: 10 };
    expand([endpoint('a.test')]);
    await eventually('it has asked often', () => asked.length > 3);
    expect(changes).to.equal(1);
    zone['a.test'] = { addresses: ['10.0.0.2'], ttlMs: 10_000 };
    await eventually('it has heard', () => changes === 2);
    expect(addresses([endpoint('a.test')])).to.deep.equal(['10.0.0.2']);
  });

  it('keeps what it had while a name cannot be resolved, and hears when it can again', async () => {
    zone['a.test'] = { addresses: ['10.0.0.1'], ttlMs: 5 };
    const settings = { dns: { ...dns, maxIntervalMs: 10 } };
    expand([endpoint('a.test')], settings);
    await eventually('the answer is there', () => changes === 1);
    zone['a.test'] = new Error('gone');
    await eventually('it is told', () => told.length === 2);
    expect(told[1]).to.equal('a.test 10.0.0.1 gone');
    expect(expand([endpoint('a.test')], settings)).to.deep.equal([endpoint('10.0.0.1')]);
    zone['a.test'] = { addresses: ['10.0.0.3'], ttlMs: 5 };
    await eventually('it has heard', () => changes === 2);
    expect(told).to.have.length(3);
  });

  it('counts an address once that two names have', async () => {
    zone['a.test'] = zone['b.test'] = { addresses: ['10.0.0.1'], ttlMs: 1000 };
    const from = [endpoint('a.test'), endpoint('b.test'), endpoint('10.0.0.1')];
    expand(from);
    await eventually('both answers are there', () => changes === 2);
    expect(addresses(from)).to.deep.equal(['10.0.0.1']);
  });

  it('asks no more for a name that no upstream has', async () => {
    zone['a.test'] = { addresses: ['10.0.0.1'], ttlMs: 1 };
    zone['b.test'] = { addresses: ['10.0.0.1'], ttlMs: 1 };
    expand([endpoint('a.test')]);
    await eventually('the answer is there', () => changes === 1);
    expand([endpoint('b.test')]);
    const before = asked.filter((name) => name === 'a.test').length;
    await eventually('the other is asked for', () => asked.length > before + 5);
    expect(asked.filter((name) => name === 'a.test').length).to.be.at.most(before + 1);
  });

  it('says once that a name cannot be resolved, and once that it can again', async () => {
    zone['a.test'] = { addresses: ['10.0.0.1'], ttlMs: 5 };
    expand([endpoint('a.test')], { dns: { ...dns, maxIntervalMs: 10 } });
    await eventually('the answer is there', () => changes === 1);
    zone['a.test'] = new Error('gone');
    const before = asked.length;
    await eventually('it has asked often', () => asked.length > before + 4);
    expect(names.failing).to.equal(1);
    zone['a.test'] = { addresses: ['10.0.0.1'], ttlMs: 5 };
    await eventually('it has heard', () => names.failing === 0);
    expect(told).to.deep.equal(['a.test 10.0.0.1 ok', 'a.test 10.0.0.1 gone', 'a.test 10.0.0.1 ok']);
    expect(changes).to.equal(1);
  });
});
