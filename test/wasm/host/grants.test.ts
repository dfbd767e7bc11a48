import { expect } from 'chai';
import { parsePairs, serializePairs } from '../../../src/wasm/abi/header-map.ts';
import { errno, status } from '../../../src/wasm/abi/status.ts';
import { capabilityFamilies, type Capabilities, type NameFilter } from '../../../src/model/plugin.ts';
import { remedy, type Grant } from '../../../src/wasm/host/grants.ts';
import { registry } from '../../../src/wasm/host/registry.ts';
import { anExchange, plugin, respond } from '../world.ts';
import { caller, type Caller } from './caller.ts';

const given = plugin.capabilities;
const filter = (part: Partial<NameFilter> = {}): NameFilter => ({ allow: [], deny: [], ...part });

function granting(part: Partial<Capabilities>, exchange = respond(anExchange())): Caller {
  return caller({ exchange, plugin: { capabilities: { ...given, ...part } } });
}

describe('host functions that are not granted', () => {
  for (const { module, name, params, needs, run } of registry) {
    if (!run || needs === undefined) continue;
    const grants: readonly Grant[] = typeof needs === 'string' ? [needs] : needs;
    it(`${name} answers as a restricted one, and says once what to grant`, () => {
      const calls = granting({ families: [], upstreams: [] });
      const refusal = module === 'env' ? status.internalFailure : errno.notcapable;
      for (const [type, grant] of grants.entries()) {
        const args = Array.from(params, (kind, i) => (kind === 'I' ? 0n : i === 0 ? type : 0));
        expect([calls.raw(name, ...args), calls.raw(name, ...args)]).to.deep.equal([refusal, refusal]);
        expect(calls.world.records.at(-1)).to.include({ level: 40, function: name, remedy: remedy(grant) });
      }
      expect(calls.world.records.length).to.equal(new Set(grants).size);
    });

    it(`${name} is there when just that is granted`, () => {
      for (const [type, grant] of grants.entries()) {
        const calls = granting({
          families: capabilityFamilies.filter((family) => family === grant),
          upstreams: grant === 'Calls' ? ['*'] : [],
        });
        calls.raw(name, ...Array.from(params, (kind, i) => (kind === 'I' ? 0n : i === 0 ? type : 0)));
        expect(calls.world.records.map(({ msg }) => msg)).not.to.include(
          'plugin called a function that it is not granted',
        );
      }
    });
  }

  it('leaves alone what needs no grant', () => {
    const calls = granting({ families: [], upstreams: [] });
    for (const { name, params, needs, run } of registry) {
      if (!run || needs !== undefined || name === 'proc_exit') continue;
      calls.raw(name, ...Array.from(params, (kind) => (kind === 'I' ? 0n : 0)));
    }
    expect(calls.world.records).to.deep.equal([]);
  });

  it('gives the configuration to a plugin without the bodies', () => {
    const calls = granting({ families: [] });
    expect(calls.call('proxy_get_buffer_bytes', [7, 0, 99], 2)).to.equal(status.ok);
    expect(calls.value().toString()).to.equal('{"a":1}');
  });

  const words: readonly (readonly [Grant, string])[] = [
    ['SharedData', 'add SharedData to capabilities.allow'],
    ['Log', 'take Log out of capabilities.deny'],
    ['Calls', 'name what it may call in capabilities.upstreams'],
  ];
  for (const [grant, text] of words) {
    it(`say "${text}"`, () => expect(remedy(grant)).to.equal(text));
  }
});

describe('header grants', () => {
  const exchange = () =>
    respond(anExchange('GET shop.example.com/a?b=1', ['x-a', '1', 'cookie', 's', 'user-agent', 'u']), 200, [
      'set-cookie',
      'c',
      'x-r',
      '2',
    ]);
  const only = (allow: readonly string[], deny: readonly string[] = []) => ({
    requestHeaders: { read: filter({ allow, deny }), write: filter({ allow, deny }) },
  });
  const get = (calls: Caller, map: number, name: string): string | undefined =>
    calls.call('proxy_get_header_map_value', [map, name], 2) === status.ok
      ? calls.value().toString('latin1')
      : undefined;
  const property = (calls: Caller, path: string): string | undefined =>
    calls.call('proxy_get_property', [path.replaceAll('.', '\0')], 2) === status.ok
      ? calls.value().toString('latin1')
      : undefined;
  const pairs = (calls: Caller, map: number): string[] | undefined => {
    calls.call('proxy_get_header_map_pairs', [map], 2);
    return parsePairs(calls.value());
  };

  it('show only what is granted, one by one, as pairs, in size and in properties', () => {
    const calls = granting(only(['x-*', ':path']), exchange());
    expect(get(calls, 0, 'x-a')).to.equal('1');
    expect(get(calls, 0, 'X-A')).to.equal('1');
    for (const name of ['cookie', 'user-agent', ':method', ':authority', 'host'])
      expect(get(calls, 0, name), name).to.equal(undefined);
    expect(pairs(calls, 0)).to.deep.equal([':path', '/a?b=1', 'x-a', '1']);
    expect(calls.call('proxy_get_header_map_size', [0], 1)).to.equal(status.ok);
    expect(calls.result()).to.equal(':path/a?b=1x-a1'.length);
    expect(calls.stream.request.size).to.equal(2);
    expect(parsePairs(Buffer.from(property(calls, 'request.headers') ?? '', 'latin1'))).to.deep.equal(
      pairs(calls, 0),
    );
    const hidden = ['request.headers.cookie', 'request.useragent', 'request.host', 'request.method'];
    for (const path of hidden) expect(property(calls, path), path).to.equal(undefined);
    expect(property(calls, 'request.query')).to.equal('b=1');
    // The other direction is not restricted by this.
    expect(get(calls, 2, 'set-cookie')).to.equal('c');
  });

  it('hide the path in every property that repeats it', () => {
    const calls = granting(only([], [':path']), exchange());
    for (const path of ['request.path', 'request.url_path', 'request.query'])
      expect(property(calls, path), path).to.equal(undefined);
    expect(property(calls, 'request.method')).to.equal('GET');
  });

  for (const name of ['host', ':authority']) {
    it(`mean the host by either name when ${name} is denied`, () => {
      const calls = granting(only([], [name]), exchange());
      expect([
        get(calls, 0, 'host'),
        get(calls, 0, ':authority'),
        property(calls, 'request.host'),
      ]).to.deep.equal([undefined, undefined, undefined]);
    });
  }

  it('let a denied write succeed without an effect, and warn once', () => {
    const made = exchange();
    const calls = granting(only([], ['cookie', ':path']), made);
    for (const name of ['cookie', 'Cookie', ':path']) {
      expect(calls.call('proxy_replace_header_map_value', [0, name, '/x'])).to.equal(status.ok);
      expect(calls.call('proxy_add_header_map_value', [0, name, '/x'])).to.equal(status.ok);
      expect(calls.call('proxy_remove_header_map_value', [0, name])).to.equal(status.ok);
    }
    expect(calls.call('proxy_replace_header_map_value', [0, 'x-a', '2'])).to.equal(status.ok);
    expect(made.request.headers.flat).to.deep.equal(['x-a', '2', 'cookie', 's', 'user-agent', 'u']);
    expect(made.request.path).to.equal('/a');
    expect(calls.stream.request.problem).to.equal(undefined);
    expect(calls.world.records.map(({ msg, level }) => [msg, level])).to.deep.equal([
      ['plugin wrote a header that it is not granted', 40],
      ['plugin wrote a header that it is not granted', 40],
    ]);
  });

  it('keep what a plugin does not see when it writes back all that it saw', () => {
    const made = exchange();
    const calls = granting(
      { requestHeaders: { read: filter({ allow: ['x-*', ':*'] }), write: filter({ deny: ['user-agent'] }) } },
      made,
    );
    const seen = pairs(calls, 0) ?? [];
    const back = serializePairs([...seen.filter((text) => text !== 'x-a' && text !== '1'), 'X-New', '2']);
    expect(calls.call('proxy_set_header_map_pairs', [0, back])).to.equal(status.ok);
    expect(made.request.headers.flat).to.deep.equal(['cookie', 's', 'user-agent', 'u', 'x-new', '2']);
    expect(made.request.method).to.equal('GET');
    const more = serializePairs([
      ':method',
      'PUT',
      ':path',
      '/',
      ':authority',
      'a',
      'cookie',
      't',
      'user-agent',
      'v',
    ]);
    expect(calls.call('proxy_set_header_map_pairs', [0, more])).to.equal(status.ok);
    expect(made.request.headers.flat).to.deep.equal(['user-agent', 'u', 'cookie', 't']);
    expect(made.request.method).to.equal('PUT');
    expect(calls.stream.request.problem).to.equal(undefined);
  });

  it('hold for the answer that a plugin makes itself', () => {
    const calls = granting({
      responseHeaders: { read: filter(), write: filter({ deny: ['set-cookie'] }) },
    });
    const sent = serializePairs(['Set-Cookie', 'a', 'x-b', 'c']);
    expect(calls.call('proxy_send_local_response', [401, '', 'no', sent, -1])).to.equal(status.ok);
    const { headers } = calls.stream.reply?.head ?? respond(anExchange()).response ?? {};
    expect([headers?.get('set-cookie'), headers?.get('x-b')]).to.deep.equal([undefined, 'c']);
  });

  it('cost nothing where everything is granted', () => {
    expect(granting({}).host.access).to.deep.equal({ request: undefined, response: undefined });
  });
});
