import { expect } from 'chai';
import type { LoomError } from '../../src/errors.ts';
import type { HeaderGrant, NameFilter } from '../../src/model/plugin.ts';
import { pluginStage } from '../../src/wasm/plugin-stage.ts';
import { PluginVm } from '../../src/wasm/plugin-vm.ts';
import { anExchange, loadedPlugin, plugin, respond, world } from './world.ts';

const filter = (part: Partial<NameFilter> = {}): NameFilter => ({ allow: [], deny: [], ...part });
const sent = ['accept', '*/*', 'x-a', '1', 'cookie', 'secret', 'authorization', 'Bearer t'];
const names = ['accept', 'x-a', 'cookie', 'authorization', 'x-none'];
const changed = 'changed by the plugin';
const ways = {
  whole: 'readMessage and writeMessage',
  fields: 'readField and writeField',
  headers: 'the functions of Proxy-Wasm',
};

/** What a plugin reads, in its words, and the headers behind it, when it asks for all of them in that mode. */
async function through(by: string, grant: HeaderGrant, write: readonly string[] = []) {
  const remembered = world();
  const capabilities = { ...plugin.capabilities, requestHeaders: grant };
  const vm = PluginVm.create(await loadedPlugin('message-access', { capabilities }), remembered);
  const read = names.map((name) => `/headers/${name}`);
  const stage = pluginStage(vm.root(JSON.stringify({ at: 'request', by, read, write, say: true })));
  const exchange = anExchange('GET a/', sent.slice());
  await stage.request?.(exchange);
  stage.log?.(exchange);
  stage.finish?.(exchange);
  vm.close();
  const told = remembered.said().map((line) => line.replace('/headers/', ''));
  return { told: told.filter((line) => !line.endsWith(' none')), headers: exchange.request.headers.flat };
}

for (const by of ['whole', 'fields', 'headers'] as const) {
  describe(`the message by ${ways[by]}`, () => {
    it('shows everything to a plugin that may read everything', async () => {
      const { told } = await through(by, { read: filter(), write: filter() });
      expect(told).to.deep.equal(['accept "*/*"', 'x-a "1"', 'cookie "secret"', 'authorization "Bearer t"']);
    });

    for (const [read, seen] of [
      [{ allow: ['x-*'] }, ['x-a "1"']],
      [{ deny: ['cookie', 'authorization'] }, ['accept "*/*"', 'x-a "1"']],
      [{ allow: ['x-*', 'cookie'], deny: ['cookie'] }, ['x-a "1"']],
      [{ allow: ['nothing'] }, []],
    ] as const) {
      it(`shows what ${JSON.stringify(read)} admits, and nothing else`, async () => {
        const { told, headers } = await through(by, { read: filter(read), write: filter() });
        expect(told).to.deep.equal(seen);
        expect(headers).to.deep.equal(sent);
      });
    }

    for (const [write, kept] of [
      [
        { allow: ['x-a'] },
        ['accept', '*/*', 'x-a', changed, 'cookie', 'secret', 'authorization', 'Bearer t'],
      ],
      [
        { deny: ['x-a', 'x-new'] },
        ['accept', changed, 'x-a', '1', 'cookie', 'secret', 'authorization', 'Bearer t'],
      ],
    ] as const) {
      it(`takes what ${JSON.stringify(write)} admits, and leaves what it does not see`, async () => {
        const grant = { read: filter({ deny: ['cookie', 'authorization'] }), write: filter(write) };
        const { headers } = await through(by, grant, ['/headers/accept', '/headers/x-a', '/headers/x-new']);
        expect(headers).to.deep.equal(kept);
      });
    }
  });
}

describe('a field that is not granted', () => {
  it('cannot be asked for by another pointer', async () => {
    const remembered = world();
    const requestHeaders = { read: filter({ deny: ['cookie'] }), write: filter() };
    const capabilities = { ...plugin.capabilities, requestHeaders };
    const vm = PluginVm.create(await loadedPlugin('message-access', { capabilities }), remembered);
    const read = [
      '/headers',
      '/headers/Cookie',
      '/headers/cookie/0',
      '',
      '/',
      '/headers/~0cookie',
      '/headers/__proto__',
    ];
    const stage = pluginStage(
      vm.root(JSON.stringify({ at: 'request', by: 'fields', read, write: [], say: true })),
    );
    await stage.request?.(anExchange('GET a/', sent.slice()));
    const all = '{"accept":"*/*","x-a":"1","authorization":"Bearer t"}';
    expect(remembered.said()).to.deep.equal(
      read.map((pointer) => `${pointer} ${pointer === '/headers' ? all : 'none'}`),
    );
    vm.close();
  });
});

describe('the body of a message', () => {
  const body = '{"user":{"name":"ann"},"n":1}';

  for (const [by, families, seen] of [
    ['whole', ['ResponseBody', 'ForeignFunctions'], '"ann"'],
    ['fields', ['ResponseBody', 'ForeignFunctions'], '"ann"'],
    ['body', ['ResponseBody'], '"ann"'],
  ] as const) {
    it(`is read and changed by ${by}`, async () => {
      const remembered = world();
      const capabilities = { ...plugin.capabilities, families: ['Log', 'Headers', ...families] as const };
      const vm = PluginVm.create(await loadedPlugin('message-access', { capabilities }), remembered);
      const config = { at: 'response', by, read: ['/body/user/name'], write: ['/body/n'], say: true };
      const stage = pluginStage(vm.root(JSON.stringify(config)));
      const exchange = anExchange();
      await stage.request?.(exchange);
      exchange.upstreamStatus = 200;
      const head = ['content-type', 'application/json', 'content-length', String(body.length)];
      respond(exchange, 200, head).responseBody = Buffer.from(body);
      await stage.response?.(exchange);
      expect(remembered.said()).to.deep.equal([`/body/user/name ${seen}`]);
      const made = `{"user":{"name":"ann"},"n":"${changed}"}`;
      expect((exchange.responseBody as unknown as Buffer).toString()).to.equal(made);
      expect(exchange.response?.headers.get('content-length')).to.equal(String(made.length));
      vm.close();
    });
  }

  const many = Array.from({ length: 17 }, (_, n) => n);
  for (const [does, pointers, code] of [
    [
      'ends the response when more than 16 MiB are written into it',
      many.map((n) => `/body/${n}`),
      'response-too-large',
    ],
    ['may be written anew as often as a plugin wants', many.map(() => '/body'), undefined],
  ] as const) {
    it(does, async () => {
      const vm = PluginVm.create(await loadedPlugin('message-access'), world());
      const config = { at: 'response', by: 'fields', read: [], write: pointers, fill: 1 << 20 };
      const stage = pluginStage(vm.root(JSON.stringify(config)));
      const exchange = anExchange();
      await stage.request?.(exchange);
      exchange.upstreamStatus = 200;
      respond(exchange, 200, ['content-type', 'application/json']).responseBody = Buffer.from(body);
      const answer = async (): Promise<unknown> => stage.response?.(exchange);
      const ended = await answer().catch((error: unknown) => error);
      expect((ended as LoomError | undefined)?.code).to.equal(code);
      vm.close();
    });
  }

  it('is not there for a plugin without the grant, which passes it by', async () => {
    const remembered = world();
    const capabilities = {
      ...plugin.capabilities,
      families: ['Log', 'Headers', 'ForeignFunctions'] as const,
    };
    const vm = PluginVm.create(await loadedPlugin('message-access', { capabilities }), remembered);
    const config = { at: 'response', by: 'fields', read: ['/body'], write: ['/body/n'], say: true };
    const stage = pluginStage(vm.root(JSON.stringify(config)));
    const exchange = anExchange();
    await stage.request?.(exchange);
    exchange.upstreamStatus = 200;
    respond(exchange, 200, ['content-type', 'application/json']).responseBody = Buffer.from(body);
    await stage.response?.(exchange);
    expect(remembered.said()).to.deep.equal([]);
    expect((exchange.responseBody as unknown as Buffer).toString()).to.equal(body);
    vm.close();
  });
});
