import { expect } from 'chai';
import { Unloaded } from '../../src/app/unloaded.ts';
import type { Model } from '../../src/model/model.ts';
import type { Plugin } from '../../src/model/plugin.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { plugin as template } from '../wasm/world.ts';

const module = new WebAssembly.Module(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
const told = (id: string, config = ''): Plugin => {
  const { version: _version, digest: _digest, ...plugin } = template;
  return { ...plugin, id, config };
};
const modelOf = (...plugins: readonly Plugin[]): Model => ({
  routes: new Map(),
  upstreams: new Map(),
  plugins: new Map(plugins.map((plugin) => [plugin.id, plugin])),
  certificates: new Map(),
  endpoints: new Map(),
});
const loadedOf = ({ plugins }: Model): ReadonlyMap<string, LoadedPlugin> =>
  new Map([...plugins].map(([id, plugin]) => [id, { ...plugin, version: 1, digest: 'd', module }]));

describe('Unloaded', () => {
  const [p, q] = [told('p'), told('q')];
  const model = modelOf(p, q);
  const loaded = loadedOf(model);

  it('changes nothing while nothing is unloaded', () =>
    expect(new Unloaded().cut(model, loaded)).to.equal(loaded));

  it('takes the module from the one, and gives the same object at every look', () => {
    const unloaded = new Unloaded();
    unloaded.add(p);
    const cut = unloaded.cut(model, loaded);
    expect(cut.get('p')).to.include({ version: 1, problem: 'unloaded through the admin API' });
    expect(cut.get('p')).not.to.have.property('module');
    expect(cut.get('q')).to.equal(loaded.get('q'));
    expect(unloaded.cut(model, loaded).get('p')).to.equal(cut.get('p'));
  });

  it('gives the plugin back when its object changes, for good', () => {
    const unloaded = new Unloaded();
    unloaded.add(p);
    const next = modelOf(told('p', '{}'), q);
    const again = loadedOf(next);
    expect(unloaded.cut(next, again).get('p')).to.equal(again.get('p'));
    expect(unloaded.cut(model, loaded).get('p')).to.equal(loaded.get('p'));
  });

  it('forgets a plugin with its object', () => {
    const unloaded = new Unloaded();
    unloaded.add(p);
    const without = modelOf(q);
    expect([...unloaded.cut(without, loadedOf(without)).keys()]).to.deep.equal(['q']);
    expect(unloaded.cut(model, loaded)).to.deep.equal(loaded);
  });
});
