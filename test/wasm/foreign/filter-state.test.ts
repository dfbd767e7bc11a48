import { expect } from 'chai';
import { writeMessage } from '../../../src/wasm/abi/protobuf.ts';
import { status } from '../../../src/wasm/abi/status.ts';
import { caller, type Caller } from '../host/caller.ts';

type Fields = Parameters<typeof writeMessage>[0];
const call = (calls: Caller, name: string, fields: Fields): number =>
  calls.call('proxy_call_foreign_function', [name, writeMessage(fields)], 2);
const get = (calls: Caller, path: string): string | undefined =>
  calls.call('proxy_get_property', [path], 2) === status.ok ? calls.value().toString('latin1') : undefined;

describe('filter state', () => {
  it('of Envoy is kept and can be read', () => {
    const calls = caller();
    const fields: Fields = [
      [1, 'envoy.tcp_proxy.cluster'],
      [2, 'other'],
      [3, 1],
    ];
    expect(call(calls, 'set_envoy_filter_state', fields)).to.equal(status.ok);
    expect(get(calls, 'filter_state\0envoy.tcp_proxy.cluster')).to.equal('other');
    calls.host.current = calls.root;
    expect(call(calls, 'set_envoy_filter_state', fields)).to.equal(status.notFound);
  });

  it('is NOT_FOUND where Envoy has no factory, BAD_ARGUMENT for what is malformed', () => {
    const calls = caller();
    expect(call(calls, 'set_envoy_filter_state', [[1, 'mine']])).to.equal(status.notFound);
    expect(
      call(calls, 'set_envoy_filter_state', [
        [1, 'envoy.tcp_proxy.cluster'],
        [3, 3],
      ]),
    ).to.equal(status.badArgument);
    expect(calls.call('proxy_call_foreign_function', ['set_envoy_filter_state', 'x'], 2)).to.equal(
      status.badArgument,
    );
  });
});

describe('declared properties', () => {
  it('that are read-only keep their first value; setting them again succeeds and is warned of', () => {
    const calls = caller();
    calls.host.current = calls.root;
    expect(
      call(calls, 'declare_property', [
        [1, 'once'],
        [2, true],
        [3, 1],
      ]),
    ).to.equal(status.ok);
    expect(call(calls, 'declare_property', [[1, 'often']])).to.equal(status.ok);
    calls.host.current = calls.stream;
    for (const value of ['a', 'b', 'c'])
      for (const name of ['once', 'often'])
        expect(calls.call('proxy_set_property', [name, value])).to.equal(status.ok);
    expect([get(calls, 'once'), get(calls, 'often')]).to.deep.equal(['a', 'c']);
    expect(calls.world.records.map(({ msg }) => msg)).to.deep.equal([
      'plugin set a property again that it declared read-only',
    ]);
  });

  const refused: readonly Fields[] = [
    [
      [1, 'a'],
      [3, 4],
    ],
    [
      [1, 'a'],
      [5, 3],
    ],
  ];
  for (const fields of refused) {
    it(`are refused with ${JSON.stringify(fields)}`, () => {
      expect(call(caller(), 'declare_property', fields)).to.equal(status.badArgument);
    });
  }

  it('are declared once', () => {
    const calls = caller();
    expect(call(calls, 'declare_property', [[1, 'a']])).to.equal(status.ok);
    expect(call(calls, 'declare_property', [[1, 'a']])).to.equal(status.badArgument);
  });
});
