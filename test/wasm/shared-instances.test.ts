import { mock } from 'node:test';
import { expect } from 'chai';
import type { Exchange } from '../../src/http/exchange.ts';
import { LoomError } from '../../src/errors.ts';
import type { Stage } from '../../src/middleware/middleware.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { anExchange, loadedPlugin, plugin, until, world } from './world.ts';

const scripted = async (part: Partial<LoadedPlugin> = {}): Promise<PluginVm> =>
  PluginVm.create(await loadedPlugin('scripted', part), world());

function enter(stage: Stage): Exchange {
  const exchange = anExchange();
  void stage.request?.(exchange);
  return exchange;
}

describe('the instances of a plugin', () => {
  it('are as many as it says, and the least busy one takes the next exchange', async () => {
    const vm = await scripted({ instances: 3 });
    await until('all are there', () => vm.stats.instances === 3);
    const stage = pluginStage(vm.root('none'));
    const memories = vm.stats.memoryBytes;
    const exchanges = Array.from({ length: 6 }, () => enter(stage));
    expect(vm.busy).to.deep.equal([2, 2, 2]);
    for (const exchange of exchanges) stage.finish?.(exchange);
    expect(vm.busy).to.deep.equal([0, 0, 0]);
    expect(vm.stats.memoryBytes).to.equal(memories);
    vm.close();
    expect(vm.stats).to.deep.include({ instances: 0, memoryBytes: 0 });
  });

  it('fail one by one: the others go on', async () => {
    const vm = await scripted({ instances: 2 });
    await until('both are there', () => vm.stats.instances === 2);
    const good = pluginStage(vm.root('none'));
    const bad = pluginStage(vm.root('request_headers:trap'));
    expect(() => enter(bad)).to.throw(LoomError);
    expect(vm.stats.instances).to.equal(1);
    expect(enter(good).plugins).to.deep.equal({ 'shop/p': 'continue' });
    await until('it is replaced', () => vm.stats.instances === 2);
    vm.close();
  });

  it('take no more exchanges than the plugin may have at once', async () => {
    const limits = { ...plugin.limits, concurrency: 2 };
    const vm = await scripted({ limits });
    const stage = pluginStage(vm.root('none'));
    const first = enter(stage);
    enter(stage);
    expect(() => enter(stage)).to.throw(/2 requests are in the plugin/);
    stage.finish?.(first);
    enter(stage);
    vm.close();
  });

  it('are replaced when they ask for it', async () => {
    const vm = await scripted({});
    const stage = pluginStage(vm.root('request_headers:rebuild'));
    stage.finish?.(enter(stage));
    await until('another has taken its place', () => vm.stats.recycled === 1);
    stage.finish?.(enter(stage));
    expect(vm.stats).to.deep.include({ instances: 1, failures: 0, recycled: 1 });
    vm.close();
  });

  describe('that grow', () => {
    const limits = { ...plugin.limits, memoryBytes: 2 << 20 };

    it('are replaced while their exchanges go on to their end', async () => {
      const vm = await scripted({ limits });
      const stage = pluginStage(vm.root('none'));
      const long = enter(stage);
      // The guest frees nothing, so every exchange leaves something behind.
      await until('another has taken its place', () => {
        for (let i = 0; i < 200; i++) stage.finish?.(enter(stage));
        return vm.stats.recycled === 1;
      });
      expect(vm.stats).to.deep.include({ instances: 2, failures: 0 });
      expect(await stage.response?.(long)).to.equal(undefined);
      stage.finish?.(long);
      expect(vm.stats.instances).to.equal(1);
      expect(vm.stats.memoryBytes).to.be.lessThan(limits.memoryBytes * 0.75);
      vm.close();
    });

    it('are replaced again after a while only', async () => {
      mock.timers.enable({ apis: ['setTimeout'] });
      try {
        const vm = await scripted({ limits });
        const stage = pluginStage(vm.root('none'));
        await until('it is recycled', () => {
          for (let i = 0; i < 200; i++) stage.finish?.(enter(stage));
          return vm.stats.recycled === 1;
        });
        const grow = (): void => {
          for (let i = 0; i < 10_000; i++) stage.finish?.(enter(stage));
        };
        expect(grow, 'the next one runs into its limit').to.throw(LoomError);
        expect(vm.stats).to.deep.include({ recycled: 1, failures: 1 });
        vm.close();
      } finally {
        mock.timers.reset();
      }
    });
  });
});
