import { expect } from 'chai';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { anExchange, loadedPlugin, world } from './world.ts';

/** The SDK remembers bytes of texts by where they lie, and its collector puts others there. */
describe('texts that a plugin of the SDK sets as headers', () => {
  it('arrive as they are, those that stay and thousands that are made for one exchange', async () => {
    const vm = PluginVm.create(await loadedPlugin('texts'), world());
    const kept = Array.from({ length: 90 }, (_, i) => `k${i}`);
    const stage = pluginStage(vm.root(kept.join(' ')));
    for (let turn = 1; turn <= 60; turn++) {
      const exchange = anExchange('GET a/', []);
      await stage.request?.(exchange);
      stage.log?.(exchange);
      stage.finish?.(exchange);
      const set = [
        ...Array.from({ length: 200 }, (_, i) => `x-made-${i}: ${turn}-${i}`),
        ...kept.map((text) => `x-kept-${text}: ${text}`),
        'x-fixed: fixed',
      ];
      const { flat } = exchange.request.headers;
      const lines = flat.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${flat[i + 1]}`] : []));
      expect(lines).to.have.members(set);
    }
    vm.close();
  });
});
