import { expect } from 'chai';
import { anExchange, loadedPlugin, plugin, until } from '../wasm/world.ts';
import { route, rule, Worker } from './world.ts';

const routes = (...configs: readonly string[]) =>
  configs.map((config, i) => route(`r${i}`, `h${i}`, rule('/', { plugins: [{ plugin: 'p', config }] })));

describe('what a worker finds about plugins', () => {
  for (const [policy, closed] of [
    ['Closed', ['r0', 'r2']],
    ['Open', []],
  ] as const) {
    it(`names the routes that a configuration closes: configure ${policy}`, async () => {
      const worker = new Worker();
      const failurePolicy = { ...plugin.failurePolicy, configure: policy };
      const loaded = await loadedPlugin('scripted', { id: 'p', failurePolicy });
      const refuse = 'configure:refuse';
      const { diagnostics } = await worker.apply({
        routes: routes(refuse, 'none', refuse),
        plugins: [loaded],
      });
      expect(diagnostics).to.have.length(1);
      expect(diagnostics[0]).to.deep.include({ id: 'p', reason: 'ConfigureFailed', closed });
    });
  }

  it('says that a plugin keeps failing, for which routes, until another version comes', async () => {
    const worker = new Worker();
    const loaded = await loadedPlugin('scripted', { id: 'p', instances: 10 });
    await worker.apply({ routes: routes('request_headers:trap', 'none'), plugins: [loaded] });
    const pool = worker.pool;
    await until('all instances are there', () => pool.stats().get('p')?.instances === 10);
    for (let i = 0; i < 10; i++) {
      const [stage] = worker.rule('GET h0/').stages.filter(({ name }) => name.startsWith('plugin:'));
      expect(() => stage?.request?.(anExchange('GET h0/'))).to.throw();
    }
    const [found] = pool.diagnostics();
    expect(found).to.deep.include({ id: 'p', reason: 'Failing', closed: ['r0', 'r1'] });
    expect(found?.message).to.include('unreachable').and.include('reloaded through the admin API');
    const { diagnostics } = await worker.apply({ plugins: [{ ...loaded }] });
    expect(diagnostics).to.deep.equal([]);
  });

  it('counts on over versions, and forgets with the plugin', async () => {
    const worker = new Worker();
    const loaded = await loadedPlugin('scripted', { id: 'p' });
    await worker.apply({ routes: routes('none'), plugins: [loaded] });
    const before = worker.pool.stats().get('p')?.calls ?? 0;
    expect(before).to.be.greaterThan(0);
    const { dropped } = await worker.apply({ plugins: [{ ...loaded }] });
    expect(worker.pool.stats().get('p')).to.deep.include({ calls: 2 * before, instances: 2 });
    for (const resource of dropped) resource.close();
    const after = worker.pool.stats().get('p');
    expect(after).to.deep.include({ instances: 1, state: 'serving' });
    expect(after?.calls).to.be.greaterThan(2 * before);
    await worker.apply({ plugins: [] });
    expect([...worker.pool.stats().keys()]).to.deep.equal([]);
  });
});
