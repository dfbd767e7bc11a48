import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import type { Stage } from '../../src/middleware/middleware.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { anExchange, loadedPlugin, plugin, until, world, type World } from './world.ts';

describe('an instance for each request', () => {
  let remembered: World;
  beforeEach(() => void (remembered = world()));

  const vmOf = async (part: Partial<LoadedPlugin> = {}): Promise<PluginVm> =>
    PluginVm.create(await loadedPlugin('scripted', { isolation: 'Request', ...part }), remembered);
  const started = (): number => remembered.said().filter((text) => text.startsWith('vm_start')).length;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  async function ask(stage: Stage): Promise<void> {
    const exchange = anExchange();
    void stage.request?.(exchange);
    stage.log?.(exchange);
    stage.finish?.(exchange);
    await turn();
  }

  it('is used again as it was, and not made again', async () => {
    const vm = await vmOf();
    const stage = pluginStage(vm.root('none'));
    await ask(stage);
    await until('spare ones are there', () => vm.stats.instances === 3);
    started();
    const { memoryBytes } = vm.stats;
    for (let i = 0; i < 500; i++) await ask(stage);
    expect(started()).to.equal(0);
    // The guest frees nothing: without going back it would have grown.
    expect(vm.stats).to.deep.include({ memoryBytes, instances: 3 });
    vm.close();
  });

  it('is replaced when its memory has grown', async () => {
    const vm = await vmOf();
    const stage = pluginStage(vm.root('request_headers:swell'));
    started();
    await ask(stage);
    await until('another is there', () => started() > 0);
    expect(vm.stats).to.deep.include({ failures: 0, state: 'serving' });
    vm.close();
  });

  it('has the configurations that came while it was in use', async () => {
    const vm = await vmOf();
    const stage = pluginStage(vm.root('none'));
    const first = anExchange();
    void stage.request?.(first);
    const other = pluginStage(vm.root('request_headers:header'));
    stage.finish?.(first);
    await turn();
    for (let i = 0; i < 4; i++) {
      const exchange = anExchange();
      void other.request?.(exchange);
      expect(exchange.request.headers.get('x-from')).to.equal('scripted');
      other.finish?.(exchange);
      await turn();
    }
    vm.close();
  });

  it('is there for many at once, and not for longer than it is of use', async () => {
    const vm = await vmOf();
    const stage = pluginStage(vm.root('none'));
    const exchanges = Array.from({ length: 40 }, () => anExchange());
    for (const exchange of exchanges) void stage.request?.(exchange);
    expect(vm.stats.instances).to.be.at.least(40);
    for (const exchange of exchanges) stage.finish?.(exchange);
    await until('most are gone', () => vm.stats.instances <= 16);
    vm.close();
    expect(vm.stats.instances).to.equal(0);
  });

  it('fails alone; ten such requests one after the other take the plugin out, others in between do not', async () => {
    const vm = await vmOf();
    const [good, bad] = [pluginStage(vm.root('none')), pluginStage(vm.root('request_headers:trap'))];
    const fail = (): void => expect(() => bad.request?.(anExchange())).to.throw(LoomError) && undefined;
    for (let i = 0; i < 9; i++) fail();
    await ask(good);
    for (let i = 0; i < 9; i++) fail();
    expect(vm.stats.state).to.equal('serving');
    fail();
    expect(vm.stats).to.deep.include({ state: 'failing', failures: 19 });
    await turn();
    expect(() => good.request?.(anExchange())).to.throw(/keeps failing and was taken out/);
    vm.close();
  });

  it('is never given up with the policy Reload', async () => {
    const vm = await vmOf({ failurePolicy: { ...plugin.failurePolicy, run: 'Reload' } });
    const bad = pluginStage(vm.root('request_headers:trap'));
    for (let i = 0; i < 50; i++) expect(() => bad.request?.(anExchange())).to.throw(LoomError);
    expect(vm.stats).to.deep.include({ state: 'serving', failures: 50 });
    vm.close();
  });
});
