import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { threadNumber } from '../../src/wasm/vm/budget/cpu-clock.ts';
import { Epoch, makeEpochs } from '../../src/wasm/vm/budget/epoch.ts';
import { Watchdog } from '../../src/wasm/vm/budget/watchdog.ts';
import { V8Engine } from '../../src/wasm/vm/v8.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { anExchange, loadedPlugin, plugin, respond, until, world, type World } from './world.ts';

describe('limits of a plugin', () => {
  const epochs = makeEpochs(1);
  const watchdog = new Watchdog(epochs, (error) => {
    throw error;
  });
  let watched: World;

  before(() => watchdog.watch());
  beforeEach(() => {
    watched = { ...world(), engine: new V8Engine(new Epoch(epochs, 0, threadNumber())) };
  });
  after(() => watchdog.close());

  const vmOf = async (part: Partial<LoadedPlugin>, guest = 'scripted'): Promise<PluginVm> =>
    PluginVm.create(await loadedPlugin(guest, part), watched);
  const limits = { ...plugin.limits, callbackCpuMs: 60, startCpuMs: 60 };

  for (const callback of ['context_create', 'request_headers', 'response_headers', 'log', 'done', 'delete']) {
    it(`ends an instance that computes for too long in ${callback}, and makes another`, async () => {
      const vm = await vmOf({ limits });
      const stage = pluginStage(vm.root(`${callback}:spin`));
      const exchange = anExchange();
      try {
        void stage.request?.(exchange);
        void stage.response?.(respond(exchange));
      } catch (error) {
        expect((error as LoomError).message).to.include(`it computed for longer than 60 ms`);
      }
      stage.log?.(exchange);
      stage.finish?.(exchange);
      expect(vm.stats).to.deep.include({ failures: 1, killed: 1, instances: 0 });
      await until('it is replaced', () => vm.stats.instances === 1);
      vm.close();
    });
  }

  it('hold while a plugin starts', async () => {
    const refusal = await vmOf({ limits }, 'endless-start').catch((error: unknown) => error as LoomError);
    expect(refusal).to.have.property('code', 'plugin-unavailable');
    expect(refusal)
      .to.have.property('message')
      .that.includes('_initialize: it computed for longer than 60 ms');
  });

  it('hold while it is configured, and its other configurations go on', async () => {
    const vm = await vmOf({ limits });
    const good = pluginStage(vm.root('none'));
    expect(() => vm.root('configure:spin')).to.throw(/proxy_on_configure: it computed for longer than 60 ms/);
    await until('it is replaced', () => vm.stats.instances === 1);
    const exchange = anExchange();
    void good.request?.(exchange);
    expect(exchange.plugins).to.deep.equal({ 'shop/p': 'continue' });
    vm.close();
  });

  it('let a call compute that has none', async () => {
    const vm = await vmOf({ limits: { ...limits, callbackCpuMs: 0, requestCpuMs: 0 } });
    const stage = pluginStage(vm.root('request_headers:toil'));
    void stage.request?.(anExchange());
    expect(vm.stats.failures).to.equal(0);
    vm.close();
  });

  for (const [requestCpuMs, verdict] of [
    [90, 'continue'],
    [89, 'failed'],
  ] as const) {
    it(`count together what callbacks of a request compute: three of 30 ms, where ${requestCpuMs} may be, ${verdict}`, async () => {
      const { engine } = watched;
      watched = {
        ...watched,
        engine: {
          // What the watchdog sees is a sample: here it is told.
          deadline: { enter: () => true, leave: () => false, tookMs: 30 },
          instantiate: (...all) => engine.instantiate(...all),
        },
      };
      const vm = await vmOf({ limits: { ...limits, requestCpuMs } });
      const stage = pluginStage(vm.root('none'));
      // Of the second as of the first: each has its own sum.
      for (const exchange of [anExchange(), anExchange()]) {
        // With context_create before it.
        void stage.request?.(exchange);
        expect(exchange.plugins).to.deep.equal({ 'shop/p': 'continue' });
        try {
          void stage.response?.(respond(exchange));
        } catch (error) {
          expect((error as LoomError).message).to.include('its callbacks computed for longer than 89 ms');
        }
        expect(exchange.plugins).to.deep.equal({ 'shop/p': verdict });
        stage.log?.(exchange);
        stage.finish?.(exchange);
      }
      expect(vm.stats).to.deep.include({ state: 'serving', failures: 0, instances: 1 });
      vm.close();
    });
  }

  it('say how much memory a module begins with', async () => {
    const refusal = await vmOf({ limits: { ...limits, memoryBytes: 65_536 } }).catch(
      (error: unknown) => error,
    );
    expect(refusal)
      .to.have.property('message')
      .that.matches(/begins with \d+ KiB of memory; its limit is 64 KiB/);
  });

  it('hold for all plugins of a worker together', async () => {
    const small = { ...watched, engine: new V8Engine(new Epoch(epochs, 0, threadNumber()), 200_000) };
    const one = PluginVm.create(await loadedPlugin('scripted'), small);
    expect(() => PluginVm.create({ ...one.plugin, id: 'shop/q' }, small)).to.throw(/together they may use/);
    one.close();
    PluginVm.create({ ...one.plugin, id: 'shop/q' }, small).close();
  });

  it('are for each request its own when each has an instance: one that fails takes nobody with it', async () => {
    const vm = await vmOf({ limits, isolation: 'Request' });
    const good = pluginStage(vm.root('none'));
    const bad = pluginStage(vm.root('request_headers:spin'));
    const [first, second] = [anExchange(), anExchange()];
    void good.request?.(first);
    expect(() => bad.request?.(second)).to.throw(LoomError);
    expect(await good.response?.(respond(first))).to.equal(undefined);
    good.finish?.(first);
    expect(first.plugins).to.deep.equal({ 'shop/p': 'continue' });
    expect(vm.stats).to.deep.include({ state: 'serving', killed: 1 });
    vm.close();
  });

  it('leave nothing of one request to the next when each has an instance', async () => {
    const vm = await vmOf({ isolation: 'Request' });
    const stage = pluginStage(vm.root('none'));
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      watched.said();
      const exchange = anExchange();
      void stage.request?.(exchange);
      ids.push(...watched.said().filter((text) => text.startsWith('request_headers')));
      stage.finish?.(exchange);
      await until('there is another', () => vm.stats.instances > 0);
    }
    // Its first context after the root context, each time.
    expect(new Set(ids)).to.have.property('size', 1);
    vm.close();
  });
});
