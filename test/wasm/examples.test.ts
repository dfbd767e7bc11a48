import { mock } from 'node:test';
import { expect } from 'chai';
import type { Reply } from '../../src/middleware/middleware.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { PluginMemories } from '../../src/wasm/shared/plugin-memories.ts';
import { anExchange, loadedPlugin, plugin, respond, world } from './world.ts';

const start = async (name: string): Promise<PluginVm> => PluginVm.create(await loadedPlugin(name), world());

describe('example header-rewrite', () => {
  it('sets the headers of its configuration, escapes and all', async () => {
    const vm = await start('header-rewrite');
    const config =
      ' {"request": {"x-from": "a\\"b\\u0041\\/", "accept": "text/html"}, "response": {"x-to": "r"}, "more": [1, -2.5e3, true, null, {}]} ';
    const stage = pluginStage(vm.root(config));
    const exchange = anExchange('GET a/', ['accept', '*/*']);
    await stage.request?.(exchange);
    await stage.response?.(respond(exchange));
    stage.log?.(exchange);
    stage.finish?.(exchange);
    expect(exchange.request.headers.flat).to.deep.equal(['accept', 'text/html', 'x-from', 'a"bA/']);
    expect(exchange.response?.headers.flat).to.deep.equal(['x-to', 'r']);
    vm.close();
  });

  for (const config of [
    '{',
    '[]',
    '{"request": 1}',
    '{"request": {"a": 1}}',
    '{} x',
    '"\\x"',
    '['.repeat(100),
    '{"a" "b"}',
    '{"a": "\n"}',
  ]) {
    it(`refuses ${JSON.stringify(config.slice(0, 30))}`, async () => {
      const vm = await start('header-rewrite');
      expect(() => vm.root(config)).to.throw(/refused its configuration/);
      vm.close();
    });
  }

  it('gives its memory back over many requests', async () => {
    const vm = await start('header-rewrite');
    const stage = pluginStage(vm.root('{"request": {"x-from": "loom"}}'));
    const serve = (): void => {
      const exchange = anExchange();
      void stage.request?.(exchange);
      void stage.response?.(respond(exchange));
      stage.log?.(exchange);
      stage.finish?.(exchange);
    };
    for (let i = 0; i < 20_000; i++) serve();
    const { memoryBytes } = vm.stats;
    for (let i = 0; i < 20_000; i++) serve();
    expect(vm.stats.memoryBytes).to.equal(memoryBytes);
    vm.close();
  });
});

describe('example rate-limit', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 }));
  afterEach(() => mock.timers.reset());

  it('lets a burst through, then the rate, and says when to come again', async () => {
    const vm = await start('rate-limit');
    const stage = pluginStage(vm.root('{"requestsPerSecond": 0.5, "burst": 3}'));
    const status = async (): Promise<number> => (await stage.request?.(anExchange()))?.head.status ?? 200;
    expect([await status(), await status(), await status(), await status()]).to.deep.equal([
      200, 200, 200, 429,
    ]);
    const refused = (await stage.request?.(anExchange())) as Reply;
    expect(refused.head.headers.get('retry-after')).to.equal('2');
    expect(refused.body).to.deep.equal(Buffer.from('too many requests\n'));
    mock.timers.tick(2000);
    expect([await status(), await status()]).to.deep.equal([200, 429]);
    mock.timers.tick(3_600_000);
    expect([await status(), await status(), await status(), await status()]).to.deep.equal([
      200, 200, 200, 429,
    ]);
    vm.close();
  });

  it('lets 100 through without a configuration, and keeps configurations apart', async () => {
    const vm = await start('rate-limit');
    const [plain, narrow] = [pluginStage(vm.root('')), pluginStage(vm.root('{"burst": 1}'))];
    for (let i = 0; i < 100; i++) expect(plain.request?.(anExchange())).to.equal(undefined);
    expect(await plain.request?.(anExchange())).to.have.nested.property('head.status', 429);
    expect(narrow.request?.(anExchange())).to.equal(undefined);
    vm.close();
  });

  it('shares a bucket among workers when asked to, until it is empty for all', async () => {
    const one = await loadedPlugin('rate-limit');
    const shared = [...new PluginMemories().attach(new Map([[one.id, one]])).values()][0] as LoadedPlugin;
    const vms = [PluginVm.create(shared, world()), PluginVm.create(shared, world())];
    const stages = vms.map((vm) =>
      pluginStage(vm.root('{"burst": 3, "requestsPerSecond": 1, "shared": true}')),
    );
    const statuses = async (): Promise<number[]> => {
      const seen: number[] = [];
      for (const stage of [...stages, ...stages])
        seen.push((await stage.request?.(anExchange()))?.head.status ?? 200);
      return seen;
    };
    expect(await statuses()).to.deep.equal([200, 200, 200, 429]);
    mock.timers.tick(2000);
    expect(await statuses()).to.deep.equal([200, 200, 429, 429]);
    for (const vm of vms) vm.close();
  });

  it('says what a shared bucket needs when it is not granted', async () => {
    const remembered = world();
    const vm = PluginVm.create(
      await loadedPlugin('rate-limit', { capabilities: { ...plugin.capabilities, families: ['Log'] } }),
      remembered,
    );
    expect(() => vm.root('{"shared": true}')).to.throw(/refused its configuration/);
    expect(remembered.said().at(-1)).to.include('needs the capability SharedData');
    vm.close();
  });

  for (const config of [
    '{"requestsPerSecond": 0}',
    '{"requestsPerSecond": "1"}',
    '{"burst": 0.5}',
    '{"shared": 1}',
    'null',
  ]) {
    it(`refuses ${config}`, async () => {
      const vm = await start('rate-limit');
      expect(() => vm.root(config)).to.throw(/refused its configuration/);
      vm.close();
    });
  }
});
