import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { artifactReaders } from '../../src/artifacts/artifact.ts';
import { compileOnce, type Compile } from '../../src/artifacts/compile-once.ts';
import { PluginLoader } from '../../src/artifacts/loader.ts';
import type { Plugin } from '../../src/model/plugin.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { compileModule } from '../../src/wasm/vm/compile.ts';
import { Objects } from '../support/objects.ts';
import { plugin as template, builtModule, world } from '../wasm/world.ts';
import { moduleBytes } from '../wasm/vm/module-bytes.ts';

const functions = ['malloc', 'proxy_abi_version_0_2_1'];
const first = moduleBytes(functions);
const second = moduleBytes([...functions, 'proxy_on_tick']);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const { version: _version, digest: _digest, ...fields } = template;
const plugin = (part: Partial<Plugin> = {}): Plugin => ({
  ...fields,
  id: 'p',
  source: { type: 'ConfigMap', namespace: 'a', parts: [{ name: 'm', key: 'p.wasm' }] },
  ...part,
});

class Loading {
  readonly objects = new Objects();
  readonly log = world().log;
  compiles = 0;
  readonly loader = new PluginLoader(
    artifactReaders(() => this.objects.set),
    (bytes) => this.#compile(bytes),
    this.log,
  );
  readonly #compile: Compile;

  constructor(wrap: (compile: Compile) => Compile = (compile) => compile) {
    this.#compile = wrap((bytes) => {
      this.compiles++;
      return compileModule(bytes);
    });
  }

  put(bytes: Buffer): this {
    this.objects.apply(`
kind: ConfigMap
metadata: { name: m, namespace: a }
binaryData: { p.wasm: ${bytes.toString('base64')} }
`);
    return this;
  }

  async load(wanted: Plugin): Promise<LoadedPlugin> {
    const loaded = (await this.loader.load(new Map([[wanted.id, wanted]]))).get(wanted.id);
    if (!loaded) throw new Error('it is not among the loaded');
    return loaded;
  }
}

describe('PluginLoader', () => {
  it('loads a module with its digest', async () => {
    const loaded = await new Loading().put(first).load(plugin({ sha256: sha256(first) }));
    expect(loaded).to.include({ id: 'p', version: 1, digest: sha256(first) });
    expect(loaded.module).to.be.instanceOf(WebAssembly.Module);
    expect(loaded.problem).to.equal(undefined);
  });

  it('loads a real plugin from a file', async () => {
    const path = 'test/wasm/guests/build/scripted.wasm';
    const loaded = await new Loading().load(plugin({ source: { type: 'File', path } }));
    expect(loaded).to.include({ version: 1, digest: sha256(builtModule('scripted')) });
  });

  it('tells which imports nothing stands behind, also of bytes that were compiled before', async () => {
    const loading = new Loading(compileOnce).put(builtModule('unknown-import'));
    const names = ['env.proxy_from_the_future', 'wasi_unstable.sock_open'];
    expect((await loading.load(plugin())).unimplemented).to.have.members(names);
    expect((await loading.load(plugin({ id: 'q' }))).unimplemented).to.have.members(names);
    expect(loading.compiles).to.equal(1);
  });

  it('gives the same object, and compiles nothing, while neither plugin nor module change', async () => {
    const loading = new Loading().put(first);
    const wanted = plugin();
    const loaded = await loading.load(wanted);
    expect(await loading.put(first).load(wanted)).to.equal(loaded);
    expect(loading.compiles).to.equal(1);
  });

  it('goes on with what it has when a file was only touched, and compiles equal bytes once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loom-loader-'));
    try {
      const loading = new Loading(compileOnce);
      const files = ['a.wasm', 'b.wasm'].map((name) => join(folder, name));
      for (const path of files) writeFileSync(path, first);
      const [a, b] = files.map((path, i) => plugin({ id: `p${i}`, source: { type: 'File', path } })) as [
        Plugin,
        Plugin,
      ];
      const loaded = await loading.loader.load(new Map([a, b].map((one) => [one.id, one])));
      expect(loaded.get('p0')?.module).to.equal(loaded.get('p1')?.module);
      utimesSync(files[0] as string, 1, 1);
      const again = await loading.loader.load(new Map([a, b].map((one) => [one.id, one])));
      expect(again.get('p0')).to.equal(loaded.get('p0'));
      expect(loading.compiles).to.equal(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('counts the versions of module and definition', async () => {
    const loading = new Loading().put(first);
    const wanted = plugin();
    await loading.load(wanted);
    expect(await loading.put(second).load(wanted)).to.include({ version: 2, digest: sha256(second) });
    expect(await loading.load(plugin({ config: '{}' }))).to.include({ version: 3, config: '{}' });
  });

  it('loads nothing whose digest is not the wanted one', async () => {
    const wanted = sha256(second);
    const loaded = await new Loading().put(first).load(plugin({ sha256: wanted }));
    expect(loaded).to.include({ version: 0, digest: '' }).and.not.have.property('module');
    expect(loaded.problem).to.equal(`the module has sha256 ${sha256(first)}, not ${wanted}`);
  });

  const breaks: readonly (readonly [string, (loading: Loading) => Plugin | undefined, string])[] = [
    ['is gone', ({ objects }) => void objects.delete('ConfigMap', 'a/m'), 'has no key p.wasm'],
    ['is no module', (loading) => void loading.put(Buffer.from('text')), 'not a WebAssembly module'],
    ['has another digest', () => plugin({ sha256: sha256(second), config: '{}' }), 'the module has sha256'],
  ];
  for (const [title, spoil, problem] of breaks) {
    it(`keeps the last one that could be loaded when the new one ${title}, until there is a good one`, async () => {
      const loading = new Loading().put(first);
      const wanted = plugin();
      const { module } = await loading.load(wanted);
      const now = spoil(loading) ?? wanted;
      const kept = await loading.load(now);
      expect(kept).to.include({ version: 1, digest: sha256(first), module, config: '' });
      expect(kept.problem).to.include(problem);
      expect(await loading.load(now), 'the same while nothing changes').to.equal(kept);
      const mended = await loading.put(second).load(now);
      expect(mended).to.include({ version: 2, digest: sha256(second), config: now.config });
      expect(mended).not.to.have.property('problem');
    });
  }

  it('tells of a first module that comes late', async () => {
    const loading = new Loading();
    const wanted = plugin();
    const missing = await loading.load(wanted);
    expect(missing).to.include({ version: 0 }).and.not.have.property('module');
    expect(await loading.load(wanted)).to.equal(missing);
    expect(await loading.put(first).load(wanted))
      .to.include({ version: 1 })
      .and.not.have.property('problem');
  });

  it('forgets plugins that are not wanted any more', async () => {
    const loading = new Loading().put(first);
    await loading.load(plugin());
    expect((await loading.loader.load(new Map())).size).to.equal(0);
    loading.objects.delete('ConfigMap', 'a/m');
    expect(await loading.load(plugin())).not.to.have.property('module');
  });

  it('lets one plugin that cannot be loaded disturb no other', async () => {
    const loading = new Loading().put(first);
    const source = { type: 'File', path: '/nowhere/p.wasm' } as const;
    const wanted = [plugin({ id: 'bad', source }), plugin({ id: 'good' })];
    const loaded = await loading.loader.load(new Map(wanted.map((one) => [one.id, one])));
    expect([...loaded].map(([id, { module }]) => [id, module !== undefined])).to.deep.equal([
      ['bad', false],
      ['good', true],
    ]);
  });
});
