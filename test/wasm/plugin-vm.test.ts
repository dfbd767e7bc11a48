import { mock } from 'node:test';
import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { anExchange, loadedPlugin, plugin, until, world } from './world.ts';

const unavailable = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect((error as LoomError).code).to.equal('plugin-unavailable');
    return (error as LoomError).message;
  }
  throw new Error('nothing was thrown');
};

describe('plugin VM', () => {
  it('cannot be made without a module, and says what became of it', () => {
    expect(unavailable(() => PluginVm.create({ ...plugin, problem: 'no such key' }, world()))).to.include(
      'no such key',
    );
  });

  it('keeps one root context for each configuration, in one instance', async () => {
    const remembered = world();
    const vm = PluginVm.create(await loadedPlugin('scripted'), remembered);
    const [a, again, b] = [vm.root('a'), vm.root('a'), vm.root('bb')];
    expect(a).to.equal(again);
    expect(b).not.to.equal(a);
    const boot = (id: number, size: number) => [
      `context_create ${id} 0`,
      `vm_start ${id} 0`,
      `configure ${id} ${size}`,
    ];
    expect(remembered.said()).to.deep.equal([...boot(1, 1), ...boot(2, 2)]);
    a.release();
    expect(remembered.said()).to.deep.equal([]);
    again.release();
    expect(remembered.said()).to.deep.equal(['done 1', 'delete 1']);
    vm.close();
    expect(remembered.said()).to.deep.equal(['done 2', 'delete 2']);
  });

  it('keeps a root context that is not done until it says proxy_done', async () => {
    const remembered = world();
    const vm = PluginVm.create(await loadedPlugin('scripted'), remembered);
    vm.root('done:false').release();
    expect(remembered.said().slice(3)).to.deep.equal(['done 1']);
    vm.root('done:done').release();
    expect(remembered.said().slice(3)).to.deep.equal(['done 2', 'delete 2']);
    vm.close();
  });

  for (const [script, told] of [
    ['configure:refuse', 'refused its configuration'],
    ['configure:trap', 'unreachable'],
    ['context_create:none configure:exit', 'proc_exit(7)'],
  ] as const) {
    it(`says why a configuration fails: ${told}`, async () => {
      const vm = PluginVm.create(await loadedPlugin('scripted'), world());
      const good = pluginStage(vm.root('none'));
      expect(unavailable(() => vm.root(script))).to.include(told);
      await until('an instance is there', () => vm.stats.memoryBytes > 0);
      const exchange = anExchange();
      await good.request?.(exchange);
      expect(exchange.plugins).to.deep.equal({ 'shop/p': 'continue' });
      vm.close();
    });
  }

  it('configures every root again after a failure: at once, then with growing pauses', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const remembered = world();
      const vm = PluginVm.create(await loadedPlugin('scripted'), remembered);
      const roots = [vm.root('none'), vm.root('request_headers:trap')];
      const stage = pluginStage(roots[1] as (typeof roots)[0]);
      const fail = () => expect(() => stage.request?.(anExchange())).to.throw(LoomError);
      fail();
      expect(vm.stats.memoryBytes).to.equal(0);
      remembered.said();
      await until('replaced at once', () => vm.stats.replacements === 1);
      expect(remembered.said()).to.deep.equal([
        'context_create 1 0',
        'vm_start 1 0',
        'configure 1 4',
        'context_create 2 0',
        'vm_start 2 0',
        'configure 2 20',
      ]);
      for (const [round, least] of [800, 1600, 3200].entries()) {
        fail();
        mock.timers.tick(least - 1);
        expect(vm.stats.replacements).to.equal(round + 1);
        // Requests in between get the policy and do not count as failures.
        fail();
        expect(vm.stats.failures).to.equal(round + 2);
        mock.timers.tick(least * 0.5 + 2);
        expect(vm.stats.replacements).to.equal(round + 2);
      }
      vm.close();
    } finally {
      mock.timers.reset();
    }
  });

  it('answers functions that nobody has with UNIMPLEMENTED, and tells each once', async () => {
    const remembered = world();
    const vm = PluginVm.create(await loadedPlugin('unknown-import'), remembered);
    vm.root('');
    const told = remembered.records.flatMap((record) => record.function ?? []);
    const unknown = ['env.proxy_from_the_future', 'wasi_unstable.sock_open'];
    expect(told).to.deep.equal(unknown);
    expect(remembered.records[0]).to.deep.include({ level: 40, functions: unknown });
    vm.close();
  });

  it('counts calls, and the memory of its instance', async () => {
    const vm = PluginVm.create(await loadedPlugin('scripted'), world());
    vm.root('none');
    expect(vm.stats).to.deep.include({ failures: 0, replacements: 0, calls: 4 });
    expect(vm.stats.memoryBytes % 65536).to.equal(0);
    vm.close();
    expect(vm.stats.memoryBytes).to.equal(0);
  });
});
