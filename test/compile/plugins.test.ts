import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import type { Resource } from '../../src/runtime/cell.ts';
import type { Compiled } from '../../src/compile/compiler.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { anExchange, loadedPlugin } from '../wasm/world.ts';
import { compileModule } from '../../src/wasm/vm/compile.ts';
import { moduleBytes } from '../wasm/vm/module-bytes.ts';
import { route, rule, Worker } from './world.ts';

const using = (...configs: readonly (string | undefined)[]) =>
  configs.map((config, i) =>
    route(
      `r${i}`,
      `h${i}`,
      rule('/', { plugins: [{ plugin: 'p', ...(config === undefined ? {} : { config }) }] }),
    ),
  );
const version = (config: string, part: Partial<LoadedPlugin> = {}): Promise<LoadedPlugin> =>
  loadedPlugin('scripted', { id: 'p', config, ...part });

/** A module whose `_initialize` traps: each of its functions is `unreachable`. */
async function trapping(): Promise<LoadedPlugin> {
  const functions = ['_initialize', 'malloc', 'proxy_abi_version_0_2_1'];
  const empty = moduleBytes(functions);
  const code = [10, 13, 3, ...functions.flatMap(() => [3, 0, 0, 0x0b])];
  const bytes = Buffer.concat([empty.subarray(0, -12), Buffer.from(code)]);
  return version('', { module: (await compileModule(bytes)).module });
}

/** What the plugin sets on a request of host `h0`; the code where the request fails. */
async function send(worker: Worker, host = 'h0'): Promise<string | undefined> {
  const exchange = anExchange(`GET ${host}/`);
  try {
    for (const stage of worker.rule(`GET ${host}/`).stages) {
      if (!stage.name.startsWith('plugin:')) continue;
      await stage.request?.(exchange);
      stage.finish?.(exchange);
    }
  } catch (error) {
    if (error instanceof LoomError) return error.code;
    throw error;
  }
  return exchange.request.headers.get('x-from') ?? exchange.plugins?.['p'];
}

const closeAll = ({ dropped }: Compiled): void => {
  for (const resource of dropped) resource.close();
};
const reasons = ({ diagnostics }: Compiled): string[] =>
  diagnostics.map(({ id, reason }) => `${id} ${reason}`);

const good = 'request_headers:header';
const refused = 'configure:refuse';

describe('PluginPool', () => {
  it('keeps the instance of an unchanged plugin over all snapshots', async () => {
    const worker = new Worker();
    const plugin = await version(good);
    closeAll(await worker.apply({ routes: using(undefined), plugins: [plugin] }));
    worker.environment.said();
    closeAll(await worker.apply({ routes: using(undefined, undefined) }));
    expect(worker.environment.said()).to.deep.equal([]);
    expect([await send(worker, 'h0'), await send(worker, 'h1')]).to.deep.equal(['scripted', 'scripted']);
  });

  it('compiles the rules of a changed plugin again and hands the old instance over once', async () => {
    const worker = new Worker();
    await worker.apply({ routes: using(undefined), plugins: [await version('none')] });
    expect(await send(worker)).to.equal('continue');
    const compiled = await worker.apply({ plugins: [await version(good)] });
    expect(await send(worker)).to.equal('scripted');
    expect(compiled.dropped, 'the stage and the instance').to.have.length(2);
    expect(new Set<Resource>(compiled.dropped).size).to.equal(2);
    closeAll(compiled);
    expect((await worker.apply({})).dropped).to.deep.equal([]);
  });

  it('answers plugin-missing while a plugin does not exist', async () => {
    const worker = new Worker();
    await worker.apply({ routes: using(undefined) });
    expect(await send(worker)).to.equal('plugin-missing');
    await worker.apply({ plugins: [await version(good)] });
    expect(await send(worker)).to.equal('scripted');
    await worker.apply({ plugins: [] });
    expect(await send(worker)).to.equal('plugin-missing');
  });

  for (const [title, part, config, want] of [
    ['configure Closed', { configure: 'Closed', fetch: 'Open' }, refused, 'plugin-unavailable'],
    ['configure Open', { configure: 'Open', fetch: 'Closed' }, refused, 'skipped'],
    ['fetch Closed', { configure: 'Open', fetch: 'Closed' }, undefined, 'plugin-unavailable'],
    ['fetch Open', { configure: 'Closed', fetch: 'Open' }, undefined, 'skipped'],
  ] as const) {
    it(`does what the policy says when there is no version before: ${title}`, async () => {
      const worker = new Worker();
      const loaded = await version(config ?? '', { failurePolicy: { run: 'Closed', ...part } });
      const { module: _module, ...without } = loaded;
      const plugin = config === undefined ? { ...without, problem: 'gone' } : loaded;
      const compiled = await worker.apply({ routes: using(undefined), plugins: [plugin] });
      expect(await send(worker)).to.equal(want);
      expect(reasons(compiled)).to.deep.equal(config === undefined ? [] : ['p ConfigureFailed']);
    });
  }

  it('goes on with the version before while the new one refuses its configuration, and says so until it is mended', async () => {
    const worker = new Worker();
    await worker.apply({ routes: using(undefined), plugins: [await version(good)] });
    const bad = await worker.apply({ plugins: [await version(refused)] });
    closeAll(bad);
    expect(await send(worker)).to.equal('scripted');
    expect(reasons(bad)).to.deep.equal(['p ConfigureFailed']);
    expect(bad.diagnostics[0]?.message).to.include('refused').and.include('goes on being served');
    // Not closed: an exchange of the generation before may still run, but what it uses is not complained of any more.
    const mended = await worker.apply({ plugins: [await version('none')] });
    expect(mended.diagnostics).to.deep.equal([]);
    expect(await send(worker)).to.equal('continue');
    expect((await worker.apply({})).diagnostics).to.deep.equal([]);
    closeAll(mended);
    expect(await send(worker)).to.equal('continue');
  });

  for (const [title, second] of [
    ['refuses its configuration', (): Promise<LoadedPlugin> => version(refused, { priority: 1 })],
    ['does not start', (): Promise<LoadedPlugin> => trapping()],
  ] as const) {
    it(`goes on with the last version that worked when one after the other ${title}`, async () => {
      const worker = new Worker();
      await worker.apply({ routes: using(undefined), plugins: [await version(good)] });
      closeAll(await worker.apply({ plugins: [await version(refused)] }));
      const compiled = await worker.apply({ plugins: [await second()] });
      closeAll(compiled);
      expect(await send(worker)).to.equal('scripted');
      expect(compiled.diagnostics).to.have.length(1);
      const mended = await worker.apply({ plugins: [await version('none')] });
      expect(mended.diagnostics).to.deep.equal([]);
      closeAll(mended);
      expect(await send(worker)).to.equal('continue');
    });
  }

  it('answers by the policy when a module does not start and there is no version before', async () => {
    const worker = new Worker();
    const compiled = await worker.apply({ routes: using(undefined), plugins: [await trapping()] });
    expect(await send(worker)).to.equal('plugin-unavailable');
    expect(reasons(compiled)).to.deep.equal(['p StartFailed']);
  });

  it('judges the configuration of each rule by itself', async () => {
    const worker = new Worker();
    const compiled = await worker.apply({ routes: using(good, refused), plugins: [await version('none')] });
    expect([await send(worker, 'h0'), await send(worker, 'h1')]).to.deep.equal([
      'scripted',
      'plugin-unavailable',
    ]);
    expect(reasons(compiled)).to.deep.equal(['p ConfigureFailed']);
    const without = await worker.apply({ routes: [worker.model.routes.get('r0')!] });
    expect(without.diagnostics).to.deep.equal([]);
  });

  it('takes the module away when the plugin is unloaded, without falling back to it', async () => {
    const worker = new Worker();
    const plugin = await version(good);
    await worker.apply({ routes: using(undefined), plugins: [plugin] });
    const { module: _module, ...rest } = plugin;
    const compiled = await worker.apply({ plugins: [{ ...rest, problem: 'unloaded' }] });
    expect(await send(worker)).to.equal('plugin-unavailable');
    expect(compiled.dropped, 'the stage and the instance').to.have.length(2);
  });
});
