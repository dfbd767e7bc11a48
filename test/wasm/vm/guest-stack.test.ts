import { expect } from 'chai';
import { PluginVm } from '../../../src/wasm/plugin-vm.ts';
import { compileModule } from '../../../src/wasm/vm/compile.ts';
import { guestStack } from '../../../src/wasm/vm/guest-stack.ts';
import { anExchange, plugin, world } from '../world.ts';
import { pluginStage } from '../../../src/wasm/plugin-stage.ts';

const text = (value: string): number[] => [...leb(value.length), ...Buffer.from(value)];
const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);

/**
 * Traps in function 1, called by function 0, which is `export` and takes `params` numbers. With the names of a build with
 * symbols unless `stripped`.
 */
function trapping(
  name: string,
  params: number,
  { module = '', stripped = false, deep = false } = {},
): Buffer {
  const body = (code: readonly number[]): number[] => [...leb(code.length + 2), 0, ...code, 0x0b];
  const names = [
    ...(module === '' ? [] : section(0, text(module))),
    ...section(1, [2, 0, ...text('on_request'), 1, ...text('_ZN4shop5check17h0123456789abcdefE')]),
  ];
  const exported = ['proxy_abi_version_0_2_0', 'malloc', name];
  return Buffer.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [
      3,
      0x60,
      params,
      ...Array.from({ length: params }, () => 0x7f),
      1,
      0x7f,
      0x60,
      0,
      0,
      0x60,
      1,
      0x7f,
      1,
      0x7f,
    ]),
    ...section(3, [4, 0, 1, 1, 2]),
    ...section(5, [1, 0, 1]),
    ...section(7, [
      ...leb(exported.length + 1),
      ...exported.flatMap((one, i) => [...text(one), 0, [2, 3, 0][i] ?? 0]),
      ...text('memory'),
      2,
      0,
    ]),
    ...section(10, [
      4,
      ...body([0x10, 1, 0x41, 0]),
      ...body(deep ? [0x10, 1] : [0]),
      ...body([]),
      ...body([0x41, 1]),
    ]),
    ...(stripped ? [] : section(0, [...text('name'), ...names])),
  ]);
}

async function failing(bytes: Buffer): Promise<unknown[]> {
  const { module, digest } = await compileModule(bytes);
  const remembered = world();
  const vm = PluginVm.create({ ...plugin, module, digest }, remembered);
  const stage = pluginStage(vm.root(''));
  try {
    await stage.request?.(anExchange());
    throw new Error('it did not fail');
  } catch (error) {
    expect(error).to.include({ code: 'plugin-failed' });
  }
  vm.close();
  return remembered.records.filter(({ msg }) => msg === 'plugin failed').map((record) => record.stack);
}

describe('the stack of a guest', () => {
  const callback = 'proxy_on_request_headers';
  const named = ['shop::check (function 1)', 'on_request (function 0)'];

  it('is in the log of the failure, with the names that the module has', async () => {
    expect(await failing(trapping(callback, 3))).to.deep.equal([named]);
  });

  it('does not repeat the name of the module', async () => {
    expect(await failing(trapping(callback, 3, { module: 'my-shop.wasm' }))).to.deep.equal([named]);
  });

  it('has numbers where there are no names', async () => {
    expect(await failing(trapping(callback, 3, { stripped: true }))).to.deep.equal([
      ['function 1', 'function 0'],
    ]);
  });

  it('is bounded', async () => {
    const [stack] = await failing(trapping(callback, 3, { deep: true }));
    expect(stack).to.deep.equal(Array.from({ length: 32 }, () => 'shop::check (function 1)'));
  });

  it('is in the log of a plugin that does not even start', async () => {
    const { module, digest } = await compileModule(trapping('_initialize', 0));
    const remembered = world();
    expect(() => PluginVm.create({ ...plugin, module, digest }, remembered)).to.throw(
      '_initialize: unreachable',
    );
    expect(remembered.records.map(({ msg, stack }) => [msg, stack])).to.deep.equal([
      ['plugin did not start', named],
    ]);
  });

  it('is empty for failures of other origin', () => {
    expect(guestStack(new Error('a'))).to.deep.equal([]);
    expect(guestStack('text')).to.deep.equal([]);
    expect(guestStack(undefined)).to.deep.equal([]);
  });
});
