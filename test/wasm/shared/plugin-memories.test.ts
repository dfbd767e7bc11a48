import { expect } from 'chai';
import type { LoadedPlugin } from '../../../src/runtime/messages.ts';
import { PluginMemories } from '../../../src/wasm/shared/plugin-memories.ts';
import { SharedData } from '../../../src/wasm/shared/data.ts';
import { plugin } from '../world.ts';
import { endThreads, inThread } from './threads.ts';

const named = (id: string, vmId = ''): LoadedPlugin => ({ ...plugin, id, vmId });
const byId = (...plugins: LoadedPlugin[]): ReadonlyMap<string, LoadedPlugin> =>
  new Map(plugins.map((one) => [one.id, one]));

describe('PluginMemories', () => {
  let memories: PluginMemories;

  beforeEach(() => {
    memories = new PluginMemories();
  });
  afterEach(endThreads);

  const dataOf = (attached: ReadonlyMap<string, LoadedPlugin>): (SharedArrayBuffer | undefined)[] =>
    [...attached.values()].map(({ shared }) => shared?.data);

  it('gives one memory to the plugins of a namespace with the same vmId, and to nobody else', () => {
    const [a, b, c, d] = dataOf(
      memories.attach(byId(named('x/a', 'v'), named('x/b', 'v'), named('x/c'), named('y/d', 'v'))),
    );
    expect(a).to.be.instanceOf(SharedArrayBuffer);
    expect(b).to.equal(a);
    expect(new Set([a, c, d]).size).to.equal(3);
  });

  it('takes the plugins of a loom.yaml as one namespace', () => {
    const [a, b] = dataOf(memories.attach(byId(named('a', 'v'), named('b', 'v'))));
    expect(b).to.equal(a);
  });

  it('keeps the identity of a plugin that did not change, and the memory of one that did', () => {
    const one = named('x/a');
    const first = memories.attach(byId(one)).get('x/a');
    expect(memories.attach(byId(one, named('x/b'))).get('x/a')).to.equal(first);
    const next = memories.attach(byId(named('x/a'))).get('x/a');
    expect(next).not.to.equal(first);
    expect(next?.shared?.data).to.equal(first?.shared?.data);
  });

  it('forgets a memory with the last plugin that may use it', () => {
    const [first] = dataOf(memories.attach(byId(named('x/a', 'v'), named('x/b', 'v'))));
    expect(dataOf(memories.attach(byId(named('x/b', 'v'))))).to.deep.equal([first]);
    memories.attach(byId());
    expect(dataOf(memories.attach(byId(named('x/b', 'v'))))[0]).not.to.equal(first);
  });

  it('makes nothing for a plugin that is not granted it', () => {
    const capabilities = { ...plugin.capabilities, families: [] };
    expect(memories.attach(byId({ ...named('x/a'), capabilities })).get('x/a')?.shared).to.deep.equal({});
  });

  it('gives up what a worker that ended had locked', async () => {
    const [data] = dataOf(memories.attach(byId(named('x/a'))));
    const dead = await inThread({ type: 'hold', data: data as SharedArrayBuffer, worker: 1 });
    await dead.end();
    memories.lost(1);
    expect(new SharedData(data as SharedArrayBuffer, 1).get(Buffer.from('k'))).to.equal(undefined);
  });
});
