import { expect } from 'chai';
import { parsePairs, serializePairs } from '../../../src/wasm/abi/header-map.ts';
import { status } from '../../../src/wasm/abi/status.ts';
import { anExchange, respond } from '../world.ts';
import { caller } from './caller.ts';

const headers = ['accept', '*/*', 'x-a', '1', 'x-a', '2'];
const made = (part: Parameters<typeof caller>[0] = {}) =>
  caller({
    exchange: respond(anExchange('GET shop.example.com:81/cart?x=1', headers.slice()), 201, ['server', 's']),
    ...part,
  });

describe('header functions', () => {
  const reads: readonly (readonly [number, string, string | undefined])[] = [
    [0, ':method', 'GET'],
    [0, ':path', '/cart?x=1'],
    [0, ':authority', 'shop.example.com:81'],
    [0, ':scheme', 'http'],
    [0, 'host', 'shop.example.com:81'],
    [0, 'X-A', '1'],
    [0, 'none', undefined],
    [0, '', undefined],
    [2, ':status', '201'],
    [2, 'server', 's'],
    [2, ':path', undefined],
  ];
  for (const [map, name, value] of reads) {
    it(`gets ${name || 'an empty name'} of map ${map}`, () => {
      const calls = made();
      const answer = calls.call('proxy_get_header_map_value', [map, name], 2);
      expect(answer).to.equal(value === undefined ? status.notFound : status.ok);
      if (value !== undefined) expect(calls.value().toString('latin1')).to.equal(value);
    });
  }

  it('gives an empty value for a missing header to 0.1.0', () => {
    const calls = made({ abi: '0.1.0' });
    expect(calls.call('proxy_get_header_map_value', [0, 'none'], 2)).to.equal(status.ok);
    expect([calls.result(0), calls.result(1)]).to.deep.equal([0, 0]);
  });

  it('has no map without an exchange, of another kind, or before the response', () => {
    const calls = caller();
    for (const map of [1, 2, 7, 8, -1])
      expect(calls.call('proxy_get_header_map_value', [map, 'a'], 2)).to.equal(status.badArgument);
    calls.host.current = calls.root;
    expect(calls.call('proxy_get_header_map_value', [0, ':path'], 2)).to.equal(status.badArgument);
    expect(calls.call('proxy_get_header_map_pairs', [0], 2)).to.equal(status.ok);
    expect([calls.result(0), calls.result(1)]).to.deep.equal([0, 0]);
    expect(calls.call('proxy_get_header_map_pairs', [8], 2)).to.equal(status.badArgument);
  });

  it('gives all pairs, pseudo headers first, and their size in bytes', () => {
    const calls = made();
    expect(calls.call('proxy_get_header_map_pairs', [0], 2)).to.equal(status.ok);
    const pairs = parsePairs(calls.value()) as string[];
    expect(pairs).to.deep.equal([
      ':authority',
      'shop.example.com:81',
      ':path',
      '/cart?x=1',
      ':method',
      'GET',
      ':scheme',
      'http',
      ...headers,
    ]);
    expect(calls.call('proxy_get_header_map_size', [0], 1)).to.equal(status.ok);
    expect(calls.result()).to.equal(pairs.join('').length);
  });

  it('adds, replaces and removes', () => {
    const calls = made();
    expect(calls.call('proxy_add_header_map_value', [0, 'X-A', '3'])).to.equal(status.ok);
    expect(calls.call('proxy_replace_header_map_value', [0, 'Accept', 'text/html'])).to.equal(status.ok);
    expect(calls.stream.exchange.request.headers.flat).to.deep.equal([
      'accept',
      'text/html',
      'x-a',
      '1',
      'x-a',
      '2',
      'x-a',
      '3',
    ]);
    expect(calls.call('proxy_remove_header_map_value', [0, 'X-A'])).to.equal(status.ok);
    expect(calls.call('proxy_remove_header_map_value', [0, 'X-A'])).to.equal(status.ok);
    expect(calls.stream.exchange.request.headers.flat).to.deep.equal(['accept', 'text/html']);
  });

  it('writes pseudo headers back to the exchange', () => {
    const calls = made();
    for (const [name, value] of [
      [':path', '/b?c=d?e'],
      ['host', 'B.example'],
      [':method', 'POST'],
      [':scheme', 'https'],
    ] as const) {
      expect(calls.call('proxy_replace_header_map_value', [0, name, value])).to.equal(status.ok);
    }
    const { method, scheme, authority, path, query } = calls.stream.exchange.request;
    expect({ method, scheme, authority, path, query }).to.deep.equal({
      method: 'POST',
      scheme: 'https',
      authority: 'b.example',
      path: '/b',
      query: 'c=d?e',
    });
    calls.stream.writable = 2;
    calls.call('proxy_replace_header_map_value', [2, ':status', '404']);
    expect(calls.stream.exchange.response?.status).to.equal(404);
  });

  it('replaces everything', () => {
    const calls = made();
    const pairs = [':authority', 'x', ':path', '/', ':method', 'PUT', 'A', 'b'];
    expect(calls.call('proxy_set_header_map_pairs', [0, serializePairs(pairs)])).to.equal(status.ok);
    expect(calls.stream.exchange.request).to.deep.include({
      method: 'PUT',
      authority: 'x',
      path: '/',
      query: '',
    });
    expect(calls.stream.exchange.request.headers.flat).to.deep.equal(['a', 'b']);
    expect(calls.stream.request.problem).to.equal(undefined);
    calls.call('proxy_set_header_map_pairs', [0, Buffer.from('garbage')]);
    expect(calls.stream.request.problem).to.equal('the plugin removed :authority');
  });

  for (const name of ['add', 'replace']) {
    it(`lets a plugin ${name} 1 MiB, and the call succeed beyond it`, () => {
      const calls = made();
      const write = (field: string, value: string): void => {
        expect(calls.call(`proxy_${name}_header_map_value`, [0, field, value])).to.equal(status.ok);
      };
      const before = calls.stream.request.byteLength;
      // Each takes 16 KiB.
      const value = 'x'.repeat(16_384 - 'x-00'.length - 32);
      for (let n = 10; n < 74; n++) write(`x-${n}`, value);
      expect(calls.stream.request.problem).to.equal(undefined);
      expect(calls.stream.request.byteLength).to.equal(before + 64 * (16_384 - 32));
      write('x-less', '1');
      write(':path', '/other');
      expect(calls.stream.request.problem).to.equal('the plugin wrote more than 1048576 bytes of headers');
      expect(calls.stream.request.byteLength).to.equal(before + 64 * (16_384 - 32));
    });
  }

  it('lets a plugin write 1 MiB anew when it replaces everything', () => {
    const calls = made();
    for (let turn = 0; turn < 100; turn++) {
      const pairs = [':authority', 'x', ':path', '/', ':method', 'PUT', 'a', 'x'.repeat(16_000)];
      expect(calls.call('proxy_set_header_map_pairs', [0, serializePairs(pairs)])).to.equal(status.ok);
    }
    expect(calls.stream.request.problem).to.equal(undefined);
  });

  it('lets only the map of the present phase be changed', () => {
    const calls = made();
    for (const writable of [-1, 2]) {
      calls.stream.writable = writable;
      expect(calls.call('proxy_add_header_map_value', [0, 'a', 'b'])).to.equal(status.badArgument);
      expect(calls.call('proxy_replace_header_map_value', [0, 'a', 'b'])).to.equal(status.badArgument);
      expect(calls.call('proxy_remove_header_map_value', [0, 'accept'])).to.equal(status.badArgument);
      expect(calls.call('proxy_set_header_map_pairs', [0, ''])).to.equal(status.badArgument);
    }
    expect(calls.stream.exchange.request.headers.flat).to.deep.equal(headers);
  });

  it('leaves framing to the proxy', () => {
    const calls = made();
    for (const name of ['content-length', 'Transfer-Encoding', 'connection', 'upgrade']) {
      expect(calls.call('proxy_add_header_map_value', [0, name, 'chunked'])).to.equal(status.ok);
    }
    expect(calls.stream.exchange.request.headers.flat).to.deep.equal(headers);
    expect(calls.stream.request.problem).to.equal(undefined);
  });

  const illegal: readonly (readonly [string, string])[] = [
    ['a b', 'c'],
    ['', 'c'],
    ['a', 'b\r\nc: d'],
    ['a', 'b\0'],
    [':path', 'no-slash'],
    [':path', '/a b'],
    [':method', 'G T'],
    [':authority', ''],
    [':scheme', 'ftp'],
    [':other', 'x'],
  ];
  for (const [name, value] of illegal) {
    it(`keeps ${JSON.stringify(name)}: ${JSON.stringify(value)} out of the message`, () => {
      const calls = made();
      const before = structuredClone({ ...calls.stream.exchange.request, headers: headers.slice() });
      expect(calls.call('proxy_replace_header_map_value', [0, name, value])).to.equal(status.ok);
      expect(calls.stream.request.problem).to.match(/illegal/);
      expect({
        ...calls.stream.exchange.request,
        headers: calls.stream.exchange.request.headers.flat,
      }).to.deep.equal(before);
    });
  }
});
