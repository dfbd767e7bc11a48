import { expect } from 'chai';
import { HeaderList } from '../../src/http/headers.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import type { Stage } from '../../src/middleware/middleware.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { PluginMemories } from '../../src/wasm/shared/plugin-memories.ts';
import { startBackend } from '../support/backend.ts';
import { eventually } from '../support/wait.ts';
import { Pieces, Reader } from './bodies.ts';
import { callWorld } from './calls/world.ts';
import { anExchange, builtModule, loadedPlugin, respond, world, type World } from './world.ts';

/** The compiler of plugins looks at what is used and at nothing else: this is what no example uses. */
describe('the SDK of plugins', () => {
  let remembered: World;
  let memories: PluginMemories;
  let vm: PluginVm;

  beforeEach(async () => {
    remembered = world();
    memories = new PluginMemories();
    const loaded = await loadedPlugin('all-exports');
    const attached = memories.attach(new Map([[loaded.id, loaded]])).get(loaded.id);
    vm = PluginVm.create(attached as LoadedPlugin, remembered);
  });
  afterEach(() => vm.close());

  const stageOf = (config: string): Stage => pluginStage(vm.root(config));
  const end = (stage: Stage, exchange: Exchange): void => {
    stage.log?.(exchange);
    stage.finish?.(exchange);
  };

  it('calls a plugin for nothing that it has not asked for', () => {
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(builtModule('hello')));
    const names = exported.map(({ name }) => name).filter((name) => name.startsWith('proxy_on_'));
    expect(names).to.have.members([
      'proxy_on_memory_allocate',
      'proxy_on_vm_start',
      'proxy_on_configure',
      'proxy_on_context_create',
      'proxy_on_request_headers',
      'proxy_on_response_headers',
      'proxy_on_delete',
    ]);
  });

  it('counts, gauges and measures', async () => {
    const stage = stageOf('count');
    for (const path of ['/', '/cart']) await stage.request?.(anExchange(`GET a${path}`));
    expect(remembered.said()).to.deep.equal(['counted 3 4', 'counted 6 4']);
    const [, metrics = []] = memories.readMetrics()[0] ?? [];
    expect(metrics.slice(0, 2)).to.deep.equal([
      { name: 'guest.requests', type: 'counter', value: 6 },
      { name: 'guest.open', type: 'gauge', value: 4 },
    ]);
    expect(metrics[2]).to.deep.include({ name: 'guest.sizes', type: 'histogram', sum: 1 + 5 });
  });

  it('sends messages through a queue to who registered it', async () => {
    const stage = stageOf('queue');
    await stage.request?.(anExchange('GET a/cart'));
    const said: string[] = [];
    await eventually('the message came', () => said.push(...remembered.said()) > 3);
    expect(said).to.deep.equal(['no queue 0', 'sent true', 'message /cart', 'empty']);
  });

  it('ticks until it is told not to', async () => {
    const said: string[] = [];
    const ticks = (times: number) =>
      eventually('it ticked', () => said.push(...remembered.said()) >= times && said);
    stageOf('tick');
    await ticks(2);
    stageOf('tick too');
    expect(await ticks(4)).to.deep.equal(['tick 1', 'tick 1', 'tick 2', 'tick 2']);
  });

  it('reads and changes trailers of both messages', async () => {
    const stage = stageOf('trailers');
    const [sent, received] = [new Pieces(), new Pieces()];
    const exchange = anExchange('POST a/');
    exchange.requestBody = sent;
    await stage.request?.(exchange);
    respond(exchange).responseBody = received;
    await stage.response?.(exchange);
    const [toUpstream, toClient] = [read(exchange.requestBody), read(exchange.responseBody)];
    sent.give('ab').end(['x-sum', '1', 'x-drop', 'd']);
    received.give('cd').end(['x-sum', '2']);
    end(stage, exchange);
    expect(remembered.said()).to.deep.equal([
      'request trailers 2 x-sum 1 x-drop d',
      'response trailers 1 x-sum 2',
      'log / 200',
    ]);
    expect([toUpstream.text, toUpstream.trailers]).to.deep.equal([
      'ab',
      ['x-sum', 'request 1', 'x-more', 'added'],
    ]);
    expect([toClient.text, toClient.trailers]).to.deep.equal([
      'cd',
      ['x-sum', 'response 2', 'x-more', 'added'],
    ]);
  });

  it('sets a property for the plugins behind it', async () => {
    const [mark, behind] = [stageOf('mark'), stageOf('read')];
    const [marked, plain] = [anExchange('GET a/cart'), anExchange('GET a/cart')];
    await mark.request?.(marked);
    for (const exchange of [marked, plain]) await behind.request?.(exchange);
    expect(remembered.said()).to.deep.equal(['mark ä /cart', 'mark none']);
  });

  it('holds a response until a call is answered', async () => {
    const backend = await startBackend((_request, response) => response.end('yes'));
    const calls = await callWorld(['shop/auth'], 'all-exports');
    calls.upstream('shop/auth', [backend.port]);
    const stage = calls.stage('call');
    const exchange = anExchange();
    await stage.request?.(exchange);
    await stage.response?.(respond(exchange));
    end(stage, exchange);
    expect(exchange.response?.headers).to.deep.equal(new HeaderList(['x-answer', '200 yes']));
    calls.close();
    await backend.close();
  });
});

function read(body: Exchange['responseBody']): Reader {
  const reader = new Reader();
  if (!body || Buffer.isBuffer(body)) throw new Error('not a stream');
  body.start(reader);
  return reader;
}
