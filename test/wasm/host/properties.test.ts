import { expect } from 'chai';
import { parsePairs } from '../../../src/wasm/abi/header-map.ts';
import { status } from '../../../src/wasm/abi/status.ts';
import { anExchange, respond } from '../world.ts';
import { caller, type Caller } from './caller.ts';

const int = (value: number | bigint): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes.toString('latin1');
};

function get(calls: Caller, name: string): string | undefined {
  const answer = calls.call('proxy_get_property', [name.replaceAll('.', '\0')], 2);
  expect(answer).to.be.oneOf([status.ok, status.notFound]);
  return answer === status.ok ? calls.value().toString('latin1') : undefined;
}

describe('properties', () => {
  const exchange = () => {
    const made = respond(
      anExchange('POST shop.example.com/cart?x=1', ['user-agent', 'curl', 'x-a', '1', 'x-a', '2']),
      503,
      ['a', 'b'],
    );
    made.route = 'shop/cart';
    made.upstream = 'shop/backend';
    made.endpoint = '192.0.2.9:80';
    return made;
  };
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['request.path', '/cart?x=1'],
    ['request.url_path', '/cart'],
    ['request.query', 'x=1'],
    ['request.host', 'shop.example.com'],
    ['request.method', 'POST'],
    ['request.scheme', 'http'],
    ['request.protocol', 'HTTP/1.1'],
    ['request.useragent', 'curl'],
    ['request.referer', undefined],
    ['request.headers.x-a', '1,2'],
    ['request.headers.X-A', '1,2'],
    ['request.headers.:method', 'POST'],
    ['request.headers.none', undefined],
    ['request.size', int(0)],
    ['request.duration', undefined],
    ['response.code', int(503)],
    ['response.code_details', 'via_upstream'],
    ['response.headers.a', 'b'],
    ['source.address', '192.0.2.1:40000'],
    ['source.port', int(40000)],
    ['destination.address', '127.0.0.1:8080'],
    ['destination.port', int(8080)],
    ['connection.mtls', '\0'],
    ['upstream.address', '192.0.2.9:80'],
    ['plugin_name', 'shop/p'],
    ['plugin_root_id', 'root'],
    ['plugin_vm_id', ''],
    ['xds.route_name', 'shop/cart'],
    ['route_name', 'shop/cart'],
    ['xds.cluster_name', 'shop/backend'],
    ['cluster_name', 'shop/backend'],
    ['listener_direction', int(1)],
    ['nonsense', undefined],
    ['', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
  ];
  for (const [name, value] of cases) {
    it(`${name || 'an empty path'} is ${JSON.stringify(value)}`, () => {
      expect(get(caller({ exchange: exchange() }), name)).to.equal(value);
    });
  }

  it('gives headers as a map, times in nanoseconds, the duration at the end', () => {
    const calls = caller({ exchange: exchange() });
    expect(parsePairs(Buffer.from(get(calls, 'response.headers') ?? '', 'latin1'))).to.deep.equal([
      ':status',
      '503',
      'a',
      'b',
    ]);
    expect(get(calls, 'request.time')).to.equal(int(BigInt(calls.stream.exchange.receivedAt) * 1_000_000n));
    calls.stream.ended = true;
    expect(Buffer.from(get(calls, 'request.duration') ?? '', 'latin1').readBigInt64LE()).to.satisfy(
      (ns: bigint) => ns > 0n && ns < 60_000_000_000n,
    );
  });

  it('tells a root context only about the plugin', () => {
    const calls = caller({ exchange: exchange() });
    calls.host.current = calls.root;
    expect([get(calls, 'plugin_root_id'), get(calls, 'request.path')]).to.deep.equal(['root', undefined]);
    expect(calls.call('proxy_set_property', ['mine', 'x'])).to.equal(status.notFound);
  });

  it('keeps what a plugin sets for later plugins of the exchange, and knows better about its own', () => {
    const shared = exchange();
    const [one, two] = [caller({ exchange: shared }), caller({ exchange: shared })];
    expect(one.call('proxy_set_property', ['my\0key', 'v\x80'])).to.equal(status.ok);
    expect(one.call('proxy_set_property', ['route_name', 'lie'])).to.equal(status.ok);
    expect([get(two, 'my.key'), get(two, 'route_name')]).to.deep.equal(['v\x80', 'shop/cart']);
    expect(get(caller(), 'my.key')).to.equal(undefined);
  });

  it('bounds what an exchange keeps', () => {
    const calls = caller();
    calls.memory.grow(32);
    let answer: number = status.ok;
    let kept = 0;
    // Same bytes under growing names: the path is one byte longer each time.
    for (; answer === status.ok && kept < 100; kept++)
      answer = calls.raw('proxy_set_property', 0x100, kept + 1, 0, 65536);
    expect([answer, kept]).to.deep.equal([status.internalFailure, 16]);
  });
});
