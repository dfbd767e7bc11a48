import { expect } from 'chai';
import type { ErrorCode } from '../../../src/errors.ts';
import { Exchange } from '../../../src/http/exchange.ts';
import { fieldValue } from '../../../src/telemetry/access-log/fields.ts';
import { Redaction } from '../../../src/telemetry/access-log/redaction.ts';
import { parsePairs } from '../../../src/wasm/abi/header-map.ts';
import { bytesOf, readMessage } from '../../../src/wasm/abi/protobuf.ts';
import { status } from '../../../src/wasm/abi/status.ts';
import { anExchange, plugin, respond } from '../world.ts';
import { RecordingWire, requestHead } from '../../support/requests.ts';
import { caller, type Caller } from './caller.ts';

const int = (value: number | bigint): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes.toString('latin1');
};

function get(calls: Caller, name: string): string | undefined {
  const answer = calls.call('proxy_get_property', [name.replaceAll('.', '\0')], 2);
  expect(answer, name).to.be.oneOf([status.ok, status.notFound]);
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
    ['upstream.port', int(80)],
    ['upstream.request_attempt_count', undefined],
    ['request.total_size', int(84)],
    ['response.size', int(0)],
    ['response.total_size', int(12)],
    ['response.headers_bytes', int(12)],
    ['response.flags', int(0)],
    ['metadata', ''],
    ['xds.cluster_metadata', ''],
    ['cluster_metadata', ''],
    ['xds.listener_direction', int(1)],
    ['xds.filter_chain_name', 'test'],
    ['request.headers.x-a.b', undefined],
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

  it('bounds what an exchange keeps, and says so once', () => {
    const calls = caller();
    calls.memory.grow(32);
    // Same bytes under growing names: the path is one byte longer each time.
    for (let size = 1; size <= 20; size++)
      expect(calls.raw('proxy_set_property', 0x100, size, 0, 65536)).to.equal(status.ok);
    const kept = (size: number): number => calls.raw('proxy_get_property', 0x100, size, 0x8000, 0x8004);
    expect([kept(15), kept(16)]).to.deep.equal([status.ok, status.notFound]);
    expect(calls.world.records.map(({ msg }) => msg)).to.deep.equal([
      'properties of an exchange are full; one was not kept',
    ]);
  });

  it('answers a group with SERIALIZATION_FAILURE, as Envoy', () => {
    const calls = caller({ exchange: exchange() });
    for (const name of ['request', 'response', 'source', 'connection', 'upstream', 'xds', 'filter_state'])
      expect(calls.call('proxy_get_property', [name], 2), name).to.equal(status.serializationFailure);
    calls.host.current = calls.root;
    expect(calls.call('proxy_get_property', ['request'], 2)).to.equal(status.notFound);
  });

  it('knows the upstream before one is chosen when the rule has but one', () => {
    const undecided = exchange();
    undecided.upstream = '';
    const calls = caller({ exchange: undecided });
    const backend = (id: string): { id: string; endpoints: { current: never[]; catchUp: () => void } } => ({
      id,
      endpoints: { current: [], catchUp: () => undefined },
    });
    expect(get(calls, 'cluster_name')).to.equal(undefined);
    undecided.backends = [backend('shop/a'), backend('shop/b')];
    expect(get(calls, 'cluster_name')).to.equal(undefined);
    undecided.backends = [backend('shop/a')];
    expect(get(calls, 'cluster_name')).to.equal('shop/a');
  });

  it('knows before the response what Envoy knows then', () => {
    const calls = caller();
    const known = (name: string): boolean => get(calls, name) !== undefined;
    const not = ['response.code', 'response.code_details', 'upstream.address', 'request.duration'];
    expect(not.filter(known)).to.deep.equal([]);
    const always = ['response.size', 'response.headers', 'response.flags', 'request.time', 'metadata'];
    expect(always.filter(known)).to.deep.equal(always);
  });

  it('tells a root context about the node and the memory of the plugin', () => {
    const calls = caller();
    calls.host.current = calls.root;
    for (const name of ['xds.node', 'node']) {
      const node = readMessage(Buffer.from(get(calls, name) ?? '', 'latin1'));
      expect(node && bytesOf(node, 2).toString()).to.equal('loom');
      expect(node && bytesOf(node, 1).toString()).to.equal(get(calls, `${name}.id`));
    }
    expect(get(calls, 'xds.node.metadata.NAME')).to.equal(undefined);
    expect(get(calls, 'plugin_vm_memory')).to.equal(int(calls.memory.buffer.byteLength));
  });

  it('tells what the connection is', () => {
    const made = new Exchange(new RecordingWire(), requestHead('GET a/'), undefined, {
      listener: 'web',
      client: { address: '::1', port: 1 },
      local: { address: '::2', port: 2 },
      connection: {
        id: 7,
        tls: () => ({
          version: 'TLSv1.3',
          serverName: 'a.example',
          local: { subject: 'CN=a.example', dns: ['a.example', 'b.example'], uris: [] },
          client: { subject: 'CN=c', dns: ['c.example'], uris: ['spiffe://c'], sha256: '0a' },
        }),
        forwardedCertificate: () => undefined,
      },
    });
    const calls = caller({ exchange: made });
    const facts: readonly (readonly [string, string])[] = [
      ['connection.id', int(7)],
      ['connection_id', int(7)],
      ['connection.tls_version', 'TLSv1.3'],
      ['connection.requested_server_name', 'a.example'],
      ['connection.subject_local_certificate', 'CN=a.example'],
      ['connection.dns_san_local_certificate', 'a.example'],
      ['connection.mtls', '\u0001'],
      ['connection.subject_peer_certificate', 'CN=c'],
      ['connection.dns_san_peer_certificate', 'c.example'],
      ['connection.uri_san_peer_certificate', 'spiffe://c'],
      ['connection.sha256_peer_certificate_digest', '0a'],
      ['source.address', '[::1]:1'],
      ['xds.filter_chain_name', 'web'],
    ];
    for (const [name, value] of facts) expect(get(calls, name), name).to.equal(value);
    const plain = caller();
    expect([
      get(plain, 'connection.tls_version'),
      get(plain, 'connection.requested_server_name'),
      get(plain, 'connection.subject_peer_certificate'),
      get(calls, 'connection.uri_san_local_certificate'),
    ]).to.deep.equal([undefined, '', undefined, undefined]);
  });

  const codes: readonly (readonly [ErrorCode, number])[] = [
    ['no-healthy-endpoint', 2],
    ['breaker-open', 0x80],
    ['no-route', 0x100],
    ['client-abort', 0x4000],
    ['plugin-failed', 0],
  ];
  for (const [code, bits] of codes) {
    it(`gives the flag ${bits} for ${code}`, () => {
      const made = exchange();
      made.errorCode = code;
      expect(get(caller({ exchange: made }), 'response.flags')).to.equal(int(bits));
    });
  }

  it('gives the status of gRPC that a head tells', () => {
    const calls = caller({ exchange: respond(anExchange(), 200, ['grpc-status', '7']) });
    expect(get(calls, 'response.grpc_status')).to.equal(int(7));
    expect(get(caller({ exchange: exchange() }), 'response.grpc_status')).to.equal(undefined);
  });

  it('does what the keys of Higress mean, and hands what is for the log to the access log', () => {
    const made = exchange();
    const calls = caller({ exchange: made });
    const values = [
      ['x_request_id', 'abc'],
      ['custom_log', '{"a":1}'],
      ['ai_log', 'x'.repeat(9000)],
      ['trace_span_tag.kind', 'é'],
      ['mine', 'no'],
    ] as const;
    for (const [name, value] of values)
      expect(calls.call('proxy_set_property', [name, Buffer.from(value)])).to.equal(status.ok);
    expect(get(calls, 'x_request_id')).to.equal('abc');
    expect(made.id).to.equal('abc');
    expect(made.notes).to.deep.equal({ custom_log: '{"a":1}', 'trace_span_tag.kind': 'é' });
    expect(fieldValue('notes', new Redaction([], []))(made, 200)).to.equal(made.notes);
    expect(calls.call('proxy_set_property', ['x_request_id', 'a\nb'])).to.equal(status.ok);
    expect(made.id).to.equal('abc');
  });

  it('changes the limits of bodies and the choice of the route', () => {
    const limits = { ...plugin.limits, memoryBytes: 1 << 20, bufferBytes: 1 << 10 };
    const calls = caller({ plugin: { limits } });
    const set = (name: string, value: string): void => {
      expect(calls.call('proxy_set_property', [name, value])).to.equal(status.ok);
    };
    set('set_decoder_buffer_limit', '5000');
    set('set_encoder_buffer_limit', '99999999999');
    expect(calls.stream.bufferLimits).to.deep.equal([5000, 1 << 20]);
    for (const nonsense of ['', '-1', '1e3', 'x']) set('set_decoder_buffer_limit', nonsense);
    expect(calls.stream.bufferLimits).to.deep.equal([5000, 1 << 20]);
    set('clear_route_cache', 'off');
    expect(calls.stream.reroutes).to.equal(false);
    set('clear_route_cache', 'on');
    expect(calls.stream.reroutes).to.equal(true);
    set('wasm_need_rebuild', 'false');
    expect(calls.host.rebuild).to.equal(false);
    set('wasm_need_rebuild', 'true');
    expect(calls.host.rebuild).to.equal(true);
  });

  it('shows what was set as filter state too', () => {
    const calls = caller();
    calls.call('proxy_set_property', ['mine', 'x']);
    expect(get(calls, 'mine')).to.equal('x');
    expect(calls.call('proxy_get_property', ['filter_state\0wasm.mine'], 2)).to.equal(status.ok);
    expect(calls.value().toString()).to.equal('x');
  });
});
