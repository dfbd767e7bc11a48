import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import type { Reply, Stage } from '../../src/middleware/middleware.ts';
import type { Policy } from '../../src/model/plugin.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { failedStage } from '../../src/wasm/failed-stage.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { anExchange, loadedPlugin, plugin, respond, until, world, type World } from './world.ts';

const policy = (run: Policy): Partial<LoadedPlugin> => ({
  failurePolicy: { fetch: run, configure: run, run },
});

async function failure(work: () => unknown): Promise<LoomError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LoomError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('plugin stage', () => {
  let remembered: World;
  let vm: PluginVm;
  const stageOf = async (script: string, part: Partial<LoadedPlugin> = {}, requestMs = 0): Promise<Stage> => {
    remembered = world();
    vm = PluginVm.create(await loadedPlugin('scripted', part), remembered);
    return pluginStage(vm.root(script), requestMs);
  };
  afterEach(() => vm?.close());

  it('calls a plugin in the order of Envoy: on_log, on_done, on_delete at the end', async () => {
    const stage = await stageOf('none');
    const exchange = anExchange('GET shop.example.com/cart', ['accept', '*/*']);
    expect(stage.request?.(exchange)).to.equal(undefined);
    expect(stage.response?.(respond(exchange, 204))).to.equal(undefined);
    stage.log?.(exchange);
    stage.finish?.(exchange);
    expect(remembered.said()).to.deep.equal([
      'context_create 1 0',
      'vm_start 1 0',
      'configure 1 4',
      'context_create 2 1',
      'request_headers 2 5 1',
      'response_headers 2 1 1',
      'log 2',
      'done 2',
      'delete 2',
    ]);
    expect(exchange.plugins).to.deep.equal({ 'shop/p': 'continue' });
    expect(remembered.observed.map(([id, callback]) => `${id} ${callback}`)).to.deep.equal([
      'shop/p on_request_headers',
      'shop/p on_response_headers',
      'shop/p on_log',
    ]);
  });

  it('writes the headers that the plugin sets', async () => {
    const stage = await stageOf('request_headers:header response_headers:header');
    const exchange = anExchange();
    await stage.request?.(exchange);
    await stage.response?.(respond(exchange));
    expect(exchange.request.headers.get('x-from')).to.equal('scripted');
    expect(exchange.response?.headers.get('x-from')).to.equal('scripted');
  });

  it('answers in place of the upstream, and shows the answer to the plugin', async () => {
    const stage = await stageOf('request_headers:reply');
    const exchange = anExchange();
    const reply = (await stage.request?.(exchange)) as Reply;
    expect([reply.head.status, reply.body]).to.deep.equal([418, Buffer.from('made here')]);
    exchange.response = reply.head;
    exchange.responseBody = reply.body;
    await stage.response?.(exchange);
    stage.log?.(exchange);
    stage.finish?.(exchange);
    expect(remembered.said().slice(4)).to.deep.equal([
      'request_headers 2 4 1',
      'response_headers 2 3 0',
      'response_body 2 9 1',
      'log 2',
      'done 2',
      'delete 2',
    ]);
    expect(exchange.plugins).to.deep.equal({ 'shop/p': 'respond' });
  });

  it('replaces the response', async () => {
    const stage = await stageOf('response_headers:reply');
    const exchange = anExchange();
    await stage.request?.(exchange);
    const reply = (await stage.response?.(respond(exchange))) as Reply;
    expect(reply.head.status).to.equal(418);
  });

  for (const fault of ['trap', 'exit', 'recurse', 'grow'] as const) {
    for (const callback of ['context_create', 'request_headers', 'response_headers'] as const) {
      it(`answers 503 when the plugin ends by ${fault} in ${callback}, and builds it anew`, async () => {
        const stage = await stageOf('none');
        // context_create of a root would fail too, so the fault is in streams of another root.
        const faulty = pluginStage(vm.root(`${callback}:${fault}`));
        const exchange = anExchange();
        const error = await failure(async () => {
          await faulty.request?.(exchange);
          await faulty.response?.(respond(exchange));
        });
        expect(error.code).to.equal('plugin-failed');
        expect(exchange.plugins).to.deep.equal({ 'shop/p': 'failed' });
        faulty.log?.(exchange);
        faulty.finish?.(exchange);
        await until('replaced', () => vm.stats.replacements === 1);
        const next = anExchange();
        await stage.request?.(next);
        expect(next.plugins).to.deep.equal({ 'shop/p': 'continue' });
        expect(vm.stats.failures).to.equal(1);
      });
    }
  }

  it('goes on without a plugin that fails, where the policy says Open', async () => {
    const stage = await stageOf('request_headers:trap', policy('Open'));
    const [first, second] = [anExchange(), anExchange()];
    expect(await stage.request?.(first)).to.equal(undefined);
    // The new instance is not there before this turn of the event loop ends.
    expect(await stage.request?.(second)).to.equal(undefined);
    expect([first.plugins, second.plugins]).to.deep.equal([{ 'shop/p': 'failed' }, { 'shop/p': 'skipped' }]);
    for (const exchange of [first, second]) {
      expect(await stage.response?.(respond(exchange))).to.equal(undefined);
      stage.log?.(exchange);
      stage.finish?.(exchange);
    }
  });

  for (const run of ['Closed', 'Open'] as const) {
    it(`treats every exchange in a failed instance by the policy ${run}, also the paused ones`, async () => {
      const stage = await stageOf('request_headers:pause', policy(run));
      const through = pluginStage(vm.root('none'));
      const faulty = pluginStage(vm.root('request_headers:trap'));
      const [paused, waiting, culprit] = [anExchange(), anExchange(), anExchange()];
      await through.request?.(waiting);
      const outcome = async (work: () => unknown): Promise<string> => {
        try {
          await work();
          return 'on';
        } catch (error) {
          return (error as LoomError).code;
        }
      };
      const held = outcome(() => stage.request?.(paused));
      const expected = run === 'Closed' ? 'plugin-failed' : 'on';
      expect(await outcome(() => faulty.request?.(culprit))).to.equal(expected);
      expect(await held).to.equal(expected);
      expect(await outcome(() => through.response?.(respond(waiting)))).to.equal(expected);
      expect([paused.plugins, waiting.plugins]).to.deep.equal([
        { 'shop/p': 'failed' },
        { 'shop/p': 'failed' },
      ]);
    });
  }

  it('waits for proxy_continue_stream', async () => {
    const stage = await stageOf('request_headers:pause');
    const other = pluginStage(vm.root('request_headers:resume'));
    const exchange = anExchange();
    let went = false;
    const paused = Promise.resolve(stage.request?.(exchange)).then(() => (went = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(went).to.equal(false);
    await other.request?.(anExchange());
    await paused;
    expect(exchange.plugins).to.deep.equal({ 'shop/p': 'continue' });
  });

  it('does not pause when the plugin continues before it returns Pause', async () => {
    const stage = await stageOf('request_headers:continue request_headers:pause');
    expect(stage.request?.(anExchange())).to.equal(undefined);
  });

  it('takes an action that does not exist for a pause', async () => {
    const stage = await stageOf('request_headers:wild');
    const exchange = anExchange();
    const paused = failure(() => stage.request?.(exchange));
    exchange.abort(new LoomError('client-abort'));
    expect((await paused).code).to.equal('client-abort');
    stage.log?.(exchange);
    stage.finish?.(exchange);
    expect(remembered.said().slice(-3)).to.deep.equal(['log 2', 'done 2', 'delete 2']);
  });

  it("ends a pause with the rule's timeout", async () => {
    const stage = await stageOf('request_headers:pause', {}, 20);
    expect((await failure(() => stage.request?.(anExchange()))).code).to.equal('exchange-timeout');
  });

  for (const [script, told] of [
    ['split', /illegal header/],
    ['nopath', /removed :path/],
  ] as const) {
    it(`refuses what cannot be sent (${script}) and keeps the instance`, async () => {
      const stage = await stageOf(`request_headers:${script}`);
      const exchange = anExchange();
      const error = await failure(() => stage.request?.(exchange));
      expect(error.code).to.equal('plugin-failed');
      expect(error.message).to.match(told);
      expect(exchange.request.headers.flat).to.deep.equal([]);
      expect(vm.stats.failures).to.equal(0);
    });
  }

  it('does not let a trap at the end reach the handler', async () => {
    const stage = await stageOf('log:trap');
    const exchange: Exchange = anExchange();
    await stage.request?.(exchange);
    stage.log?.(exchange);
    stage.finish?.(exchange);
    expect(vm.stats.failures).to.equal(1);
  });

  it('answers or passes by where there is no plugin at all', async () => {
    const [closed, open] = [anExchange(), anExchange()];
    const error = await failure(() => failedStage(plugin, 'Closed', 'no such file').request?.(closed));
    expect(error.code).to.equal('plugin-unavailable');
    expect(error.message).to.include('no such file');
    expect(failedStage(plugin, 'Open', 'no such file').request?.(open)).to.equal(undefined);
    expect([closed.plugins, open.plugins]).to.deep.equal([{ 'shop/p': 'failed' }, { 'shop/p': 'skipped' }]);
  });
});
