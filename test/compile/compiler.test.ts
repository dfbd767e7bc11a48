import { mock } from 'node:test';
import { expect } from 'chai';
import { Cluster } from '../../src/balance/cluster.ts';
import { HostTable } from '../../src/router/table.ts';
import { requestHead } from '../support/requests.ts';
import { loadedPlugin } from '../wasm/world.ts';
import { forwarding, route, rule, upstream, Worker } from './world.ts';

const clusterOf = (worker: Worker, line: string): Cluster => {
  const chosen = worker.rule(line).forward?.choose();
  if (chosen instanceof Cluster) return chosen;
  throw new Error(`${line} goes to ${chosen}`);
};

describe('Compiler', () => {
  afterEach(() => mock.restoreAll());

  it('makes anew only the rules and the tables that a delta touches', async () => {
    const worker = new Worker();
    const shop = route('shop', 'shop', rule('/'));
    const blog = route('blog', 'blog', rule('/'));
    await worker.apply({ routes: [shop, blog] });
    const before = [worker.rule('GET shop/'), worker.rule('GET blog/')];
    const build = mock.method(HostTable, 'build');
    await worker.apply({ routes: [route('shop', 'shop', rule('/new')), blog] });
    expect(build.mock.callCount(), 'tables built').to.equal(1);
    expect(worker.rule('GET blog/')).to.equal(before[1]);
    expect(worker.rule('GET shop/new')).not.to.equal(before[0]);
  });

  it('keeps the rules of other routes of the same host', async () => {
    const worker = new Worker();
    const stays = route('a', 'shop', rule('/a'));
    await worker.apply({ routes: [stays, route('b', 'shop', rule('/b'))] });
    const before = worker.rule('GET shop/a');
    await worker.apply({ routes: [stays, route('b', 'shop', rule('/c'))] });
    expect(worker.rule('GET shop/a')).to.equal(before);
    expect(() => worker.rule('GET shop/b')).to.throw('nothing is found');
  });

  it('leaves the snapshot before as it was', async () => {
    const worker = new Worker();
    const { snapshot } = await worker.apply({ routes: [route('a', 'shop', rule('/'))] });
    const head = requestHead('GET shop/');
    const before = snapshot.find(head)?.target;
    await worker.apply({ routes: [] });
    expect(snapshot.find(head)?.target).to.equal(before).and.not.equal(undefined);
    expect(worker.last?.snapshot.find(head)).to.equal(undefined);
    expect([snapshot.revision, worker.last?.snapshot.revision]).to.deep.equal([1, 2]);
  });

  it('moves a route to another host', async () => {
    const worker = new Worker();
    await worker.apply({ routes: [route('a', 'old', rule('/')), route('any', '*', rule('/'))] });
    await worker.apply({ routes: [route('a', 'new', rule('/')), worker.model.routes.get('any')!] });
    expect(worker.rule('GET new/').route).to.equal('a');
    expect(worker.rule('GET old/').route).to.equal('any');
  });

  for (const [title, dates, winner] of [
    ['the older one', ['2026-02-01', '2026-01-01'], 'b'],
    ['of the same age the one with the smaller id', ['', ''], 'a'],
  ] as const) {
    it(`gives an equal match of two routes to ${title}`, async () => {
      const worker = new Worker();
      const [a, b] = dates.map((created, i) => ({ ...route('ab'[i]!, 'shop', rule('/')), created }));
      await worker.apply({ routes: [b!] });
      await worker.apply({ routes: [b!, a!] });
      expect(worker.rule('GET shop/').route).to.equal(winner);
    });
  }

  it('compiles the users of a changed upstream again, and hands the old one over once', async () => {
    const worker = new Worker();
    const [u, v] = [upstream('u', 0), upstream('v', 1)];
    const routes = [route('a', 'a', rule('/', forwarding('u'))), route('b', 'b', rule('/', forwarding('v')))];
    await worker.apply({ routes, upstreams: [u, v] });
    const [oldU, oldV] = [clusterOf(worker, 'GET a/'), clusterOf(worker, 'GET b/')];
    const { dropped } = await worker.apply({ upstreams: [{ ...u, connectTimeoutMs: 7 }, v] });
    expect(clusterOf(worker, 'GET a/').upstream.connectTimeoutMs).to.equal(7);
    expect(clusterOf(worker, 'GET a/').endpoints).to.equal(oldU.endpoints);
    expect(clusterOf(worker, 'GET b/')).to.equal(oldV);
    expect(dropped).to.deep.equal([oldU]);
    expect((await worker.apply({})).dropped).to.deep.equal([]);
  });

  it('answers backend-missing while an upstream does not exist', async () => {
    const worker = new Worker();
    const { dropped } = await worker.apply({ routes: [route('a', 'a', rule('/', forwarding('u')))] });
    expect(dropped).to.deep.equal([]);
    expect(worker.rule('GET a/').forward?.choose()).to.equal('backend-missing');
    await worker.apply({ upstreams: [upstream('u', 0)] });
    const cluster = clusterOf(worker, 'GET a/');
    expect((await worker.apply({ upstreams: [] })).dropped).to.deep.equal([cluster]);
    expect(worker.rule('GET a/').forward?.choose()).to.equal('backend-missing');
  });

  it('lets endpoints take effect in the snapshot that is in use', async () => {
    const worker = new Worker();
    await worker.apply({
      routes: [route('a', 'a', rule('/', forwarding('u')))],
      upstreams: [upstream('u', 0)],
    });
    const cluster = clusterOf(worker, 'GET a/');
    expect(cluster.pick()).to.equal('no-endpoint');
    worker.compiler.setEndpoints([
      { upstream: 'u', endpoints: [{ address: '10.0.0.1', port: 80, weight: 1, slot: 0 }] },
    ]);
    expect(cluster.pick()).to.include({ address: '10.0.0.1' });
  });

  it('drops each stage of a removed route that has something to give back, once', async () => {
    const worker = new Worker();
    const one = await loadedPlugin('scripted', { id: 'p', config: 'none' });
    const routes = [route('a', 'a', rule('/', { plugins: [{ plugin: 'p' }] }))];
    await worker.apply({ routes, plugins: [one] });
    const stages = worker.rule('GET a/').stages.filter((stage) => stage.close !== undefined);
    expect(stages).to.have.length(1);
    expect((await worker.apply({ routes: [] })).dropped).to.deep.equal(stages);
    expect((await worker.apply({ plugins: [] })).dropped).to.have.length(1);
  });

  it('rests while it builds for long, so that requests go on', async () => {
    const worker = new Worker();
    const routes = Array.from({ length: 3000 }, (_, i) => route(`r${i}`, 'shop', rule(`/${i}`)));
    let turns = 0;
    let building = true;
    const count = (): void => {
      turns++;
      if (building) setImmediate(count);
    };
    setImmediate(count);
    await worker.apply({ routes });
    building = false;
    expect(turns).to.be.greaterThan(3);
    expect(worker.rule('GET shop/2999').route).to.equal('r2999');
  });
});
