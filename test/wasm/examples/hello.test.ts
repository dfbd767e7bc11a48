import { expect } from 'chai';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../../src/wasm/plugin-vm.ts';
import { anExchange, builtModule, loadedPlugin, respond, world } from '../world.ts';

describe('example hello', () => {
  it('greets in every response', async () => {
    const vm = PluginVm.create(await loadedPlugin('hello'), world());
    const stage = pluginStage(vm.root(''));
    const exchange = anExchange();
    await stage.request?.(exchange);
    await stage.response?.(respond(exchange));
    stage.log?.(exchange);
    stage.finish?.(exchange);
    expect(exchange.response?.headers.get('x-hello')).to.equal('world');
    vm.close();
  });

  it('is at most 20 KB, so that nobody pays for what the SDK could do', () => {
    expect(builtModule('hello').length).to.be.at.most(20 * 1024);
  });
});
