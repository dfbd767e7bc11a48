import { expect } from 'chai';
import { parsePairs } from '../../../src/wasm/abi/header-map.ts';
import { status } from '../../../src/wasm/abi/status.ts';
import { anExchange, respond } from '../world.ts';
import { caller, type Caller } from '../host/caller.ts';

const call = (calls: Caller, name: string, argument: string | Buffer): number =>
  calls.call('proxy_call_foreign_function', [name, argument], 2);

function evaluated(calls: Caller, text: string): Buffer {
  expect(call(calls, 'expr_create', Buffer.from(text)), text).to.equal(status.ok);
  const token = calls.value();
  expect(token.length).to.equal(4);
  expect(call(calls, 'expr_evaluate', token), text).to.equal(status.ok);
  return calls.value();
}

const exchange = () => {
  const made = respond(
    anExchange('POST shop.example.com/cart?x=1', ['x-a', '1', 'x-a', '2', 'x-u', 'Ã¼']),
    503,
  );
  made.route = 'shop/cart';
  return made;
};

describe('expressions', () => {
  const yes: readonly string[] = [
    'request.method == "POST" && request.path.startsWith("/cart")',
    'request.headers["x-a"] == "1,2"',
    'request.headers["x-u"] == "ü"',
    '"x-none" in request.headers == false',
    'response.code >= 500',
    'has(response.code) && !has(request.duration)',
    'source.port == 40000',
    'xds.route_name == "shop/cart" && route_name == "shop/cart"',
    'connection.mtls == false',
    'request.time > timestamp("2020-01-01T00:00:00Z")',
    'size(request.headers) == 6',
  ];
  for (const text of yes) {
    it(`hold: ${text}`, () => {
      expect([...evaluated(caller({ exchange: exchange() }), text)]).to.deep.equal([1]);
    });
  }

  const values: readonly (readonly [string, string])[] = [
    ['"a" + "ü"', '61c3bc'],
    ['1 + 2', '0300000000000000'],
    ['-1', 'ffffffffffffffff'],
    ['18446744073709551615u', 'ffffffffffffffff'],
    ['0.5', '000000000000e03f'],
    ['1 < 2', '01'],
    ['null', ''],
    ['b"ab"', '6162'],
    ['duration("1s")', '00ca9a3b00000000'],
    ['request.host', Buffer.from('shop.example.com').toString('hex')],
  ];
  for (const [text, hex] of values) {
    it(`give ${text} as a property would be`, () => {
      expect(evaluated(caller({ exchange: exchange() }), text).toString('hex')).to.equal(hex);
    });
  }

  it('give maps and lists in the form of header maps', () => {
    const calls = caller({ exchange: exchange() });
    expect(parsePairs(evaluated(calls, '{"a": "b"}'))).to.deep.equal(['a', 'b']);
    expect(parsePairs(evaluated(calls, '["a", "b"]'))).to.deep.equal(['a', '', 'b', '']);
  });

  it('see only the headers that the plugin is granted', () => {
    const all = { allow: [], deny: [] };
    const calls = caller({
      exchange: exchange(),
      plugin: {
        capabilities: {
          families: ['ForeignFunctions'],
          upstreams: [],
          requestHeaders: { read: { allow: [], deny: ['x-a', ':method'] }, write: all },
          responseHeaders: { read: all, write: all },
        },
      },
    });
    expect([...evaluated(calls, '"x-a" in request.headers || has(request.method)')]).to.deep.equal([0]);
  });

  it('live until they are deleted', () => {
    const calls = caller({ exchange: exchange() });
    expect(call(calls, 'expr_create', '1')).to.equal(status.ok);
    const token = calls.value();
    expect(call(calls, 'expr_delete', token)).to.equal(status.ok);
    expect(call(calls, 'expr_delete', token)).to.equal(status.notFound);
    expect(call(calls, 'expr_evaluate', token)).to.equal(status.notFound);
  });

  it('are refused when malformed, fail when they cannot be evaluated', () => {
    const calls = caller({ exchange: exchange() });
    expect(call(calls, 'expr_create', 'request.')).to.equal(status.badArgument);
    expect(call(calls, 'expr_evaluate', 'abc')).to.equal(status.badArgument);
    expect(call(calls, 'expr_delete', '')).to.equal(status.badArgument);
    expect(call(calls, 'expr_create', 'request.nonsense == 1')).to.equal(status.ok);
    expect(call(calls, 'expr_evaluate', calls.value())).to.equal(status.internalFailure);
  });

  it('have no attributes without an exchange', () => {
    const calls = caller();
    calls.host.current = calls.root;
    expect(call(calls, 'expr_create', 'request.path')).to.equal(status.ok);
    expect(call(calls, 'expr_evaluate', calls.value())).to.equal(status.internalFailure);
  });

  it('are not made without end', () => {
    const calls = caller();
    let made = 0;
    while (made < 2000 && call(calls, 'expr_create', '1') === status.ok) made++;
    expect(made).to.equal(1024);
  });
});
