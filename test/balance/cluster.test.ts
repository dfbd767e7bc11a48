import { expect } from 'chai';
import { Cluster } from '../../src/balance/cluster.ts';
import { EndpointSet } from '../../src/balance/endpoints.ts';
import { policies } from '../../src/balance/policies/registry.ts';
import { SharedState } from '../../src/balance/shared.ts';
import type { Upstream } from '../../src/model/upstream.ts';
import { endpoints, equal, picked, setHealthy, shares, upstream, world } from './world.ts';

const names = Object.keys(policies) as Upstream['loadBalancer'][];

describe('Cluster', () => {
  for (const name of names) {
    describe(name, () => {
      it('answers no-endpoint for an empty set', () => {
        expect(world(name, []).cluster.pick()).to.equal('no-endpoint');
      });

      it('answers no-healthy-endpoint when all are unhealthy, and serves again when one recovers', () => {
        const { shared, cluster } = world(name, equal(3), undefined, { panicThreshold: 0 });
        for (const slot of [0, 1, 2]) setHealthy(shared, slot, false);
        expect(cluster.pick()).to.equal('no-healthy-endpoint');
        setHealthy(shared, 1, true);
        expect(shares(cluster, 20)).to.deep.equal([0, 20, 0]);
      });

      it('never picks what the request has tried, and answers no-healthy-endpoint when that is all', () => {
        const { set, cluster } = world(name, equal(4));
        const tried = new Set(set.current.slice(0, 2));
        const counts = shares(cluster, 400, tried);
        expect(counts.slice(0, 2)).to.deep.equal([0, 0]);
        expect(Math.min(counts[2]!, counts[3]!)).to.be.greaterThan(100);
        expect(cluster.pick(new Set(set.current))).to.equal('no-healthy-endpoint');
      });

      it('follows the set as it changes', () => {
        const { set, cluster } = world(name, equal(2));
        set.replace(equal(5).slice(3));
        const seen = new Set(Array.from({ length: 50 }, () => picked(cluster).slot));
        expect([...seen].toSorted((a, b) => a - b)).to.deep.equal([3, 4]);
        set.replace([]);
        expect(cluster.pick()).to.equal('no-endpoint');
      });

      it('picks the only endpoint', () => {
        expect(shares(world(name, equal(1)).cluster, 3)).to.deep.equal([3]);
      });
    });
  }

  it('answers no-endpoint when every weight is 0 under Weighted', () => {
    expect(world('Weighted', endpoints(0, 0)).cluster.pick()).to.equal('no-endpoint');
  });

  it('goes on where its predecessor on the same slot was', () => {
    const { shared, set, cluster } = world('RoundRobin', equal(3));
    const before = [picked(cluster).slot, picked(cluster).slot];
    cluster.close();
    const next = new Cluster(upstream('RoundRobin', { connectTimeoutMs: 7 }), set, shared);
    expect([...before, picked(next).slot]).to.deep.equal([0, 1, 2]);
  });

  it('looks at what came for its endpoints when they were touched, and again when more came meanwhile', () => {
    const shared = new SharedState();
    const [first, second] = equal(2);
    const letters = [[first!], [second!]];
    let looks = 0;
    const set: EndpointSet = new EndpointSet(shared, () => {
      looks++;
      const letter = letters.shift();
      if (!letter) return;
      // The next one is posted while this one is being read.
      shared.touch(0);
      set.replace(letter);
    });
    const cluster = new Cluster(upstream('RoundRobin'), set, shared);
    expect(cluster.pick(), 'nobody said that there is something').to.equal('no-endpoint');
    expect(looks).to.equal(0);
    shared.touch(0);
    expect(picked(cluster).slot).to.equal(0);
    expect(picked(cluster).slot).to.equal(1);
    picked(cluster);
    expect(looks).to.equal(3);
    for (let i = 0; i < 10; i++) picked(cluster);
    expect(looks, 'nothing came since').to.equal(3);
  });

  it('hears nothing of its set after close', () => {
    const { set, cluster } = world('RoundRobin', equal(1));
    cluster.close();
    set.replace([]);
    expect(cluster.pick()).to.not.be.a('string');
  });

  it('has a breaker only where the upstream asks for one', () => {
    const shared = new SharedState();
    const circuitBreaker = { failureThreshold: 1, successThreshold: 1, timeoutMs: 1000 };
    expect(world('Random', []).cluster.breaker).to.equal(undefined);
    const cluster = new Cluster(upstream('Random', { circuitBreaker }), new EndpointSet(shared), shared);
    expect(cluster.breaker?.state).to.equal('closed');
  });
});
