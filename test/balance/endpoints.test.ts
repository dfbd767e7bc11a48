import { expect } from 'chai';
import { EndpointSet, LiveEndpoint } from '../../src/balance/endpoints.ts';
import { endpointCell, SharedState } from '../../src/balance/shared.ts';
import { endpoints } from './world.ts';

describe('EndpointSet', () => {
  it('keeps the objects of endpoints that stay, wherever they stand in the new set', () => {
    const set = new EndpointSet(new SharedState());
    const [a, b, c] = endpoints(1, 1, 1);
    set.replace([a!, b!]);
    const [liveA, liveB] = set.current;
    set.replace([c!, { ...b! }, { ...a! }]);
    expect(set.current[1]).to.equal(liveB);
    expect(set.current[2]).to.equal(liveA);
    expect(set.current.map(({ slot }) => slot)).to.deep.equal([2, 1, 0]);
  });

  it('makes a new object on the same counts for a new weight', () => {
    const set = new EndpointSet(new SharedState());
    const [a] = endpoints(1);
    set.replace([a!]);
    const before = set.current[0]!;
    before.begin();
    set.replace([{ ...a!, weight: 5 }]);
    expect(set.current[0]).to.not.equal(before);
    expect(set.current[0]).to.include({ weight: 5, slot: 0, inFlight: 1 });
    before.end();
    expect(set.current[0]!.inFlight).to.equal(0);
  });

  it('makes a new object for the same address on another slot', () => {
    const set = new EndpointSet(new SharedState());
    const [a] = endpoints(1);
    set.replace([a!]);
    const before = set.current[0];
    set.replace([{ ...a!, slot: 9 }]);
    expect(set.current[0]).to.not.equal(before);
  });

  it('counts its versions and tells its listeners after the change, until they go', () => {
    const set = new EndpointSet(new SharedState());
    const seen: number[] = [];
    const stop = set.onChange(() => seen.push(set.current.length));
    set.replace(endpoints(1, 1));
    set.replace([]);
    stop();
    set.replace(endpoints(1));
    expect(seen).to.deep.equal([2, 0]);
    expect(set.version).to.equal(3);
  });
});

describe('LiveEndpoint', () => {
  for (const [address, authority] of [
    ['10.0.0.1', '10.0.0.1:80'],
    ['fd00::1', '[fd00::1]:80'],
    ['api.example.com', 'api.example.com:80'],
  ] as const) {
    it(`has the authority ${authority}`, () => {
      const live = new LiveEndpoint({ address, port: 80, weight: 1, slot: 0 }, new SharedState());
      expect(live.authority).to.equal(authority);
    });
  }

  it('shares counts and health with every object on its slot', () => {
    const shared = new SharedState();
    const here = new LiveEndpoint(endpoints(1)[0]!, shared);
    const there = new LiveEndpoint(endpoints(1)[0]!, new SharedState(shared.buffer));
    here.begin();
    here.begin();
    there.end();
    expect(there.inFlight).to.equal(1);
    Atomics.store(shared.cells, shared.endpoint(0, endpointCell.unhealthy), 1);
    expect([here.healthy, there.healthy]).to.deep.equal([false, false]);
  });
});
