import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { OciSource, Plugin } from '../../../src/model/plugin.ts';
import { FaultRegistry, type Behaviour } from '../../support/fault-registry.ts';
import { impatient, moduleNumber, pluginFrom, pullSecret, Supply } from '../../support/supply.ts';
import { eventually } from '../../support/wait.ts';

const module = moduleNumber(1);

describe('a registry that', () => {
  let registry: FaultRegistry;
  let supply: Supply;
  const plugin = (part: Partial<OciSource> = {}, more: Partial<Plugin> = {}): Plugin =>
    pluginFrom(
      {
        type: 'Oci',
        image: `${registry.host}/team/p:1`,
        pullPolicy: 'IfNotPresent',
        ca: registry.ca,
        ...part,
      },
      more,
    );

  beforeEach(async () => {
    registry = await FaultRegistry.start();
    supply = new Supply();
  });
  afterEach(async () => {
    supply.close();
    await registry.close();
  });

  const onBlobs =
    (fault: Behaviour): Behaviour =>
    (request, response, serve) =>
      request.url?.includes('/blobs/') ? fault(request, response, serve) : serve();

  const faults: readonly (readonly [string, Behaviour, RegExp, 'silent'?])[] = [
    ['never answers', () => undefined, /^FetchFailed: \S+ does not answer in time$/, 'silent'],
    [
      'stops in the middle of a layer',
      onBlobs((_, response) => void response.writeHead(200, { 'content-length': 1000 }).write('x')),
      /^FetchFailed: \S+ stopped in the middle of its answer$/,
      'silent',
    ],
    [
      'cuts a layer off',
      onBlobs((_, response) => {
        response.writeHead(200, { 'content-length': 1000 }).write('x', () => response.destroy());
      }),
      /^FetchFailed: \S+ (closed the connection too early|sent less than it announced)$/,
    ],
    [
      'sends something else as a layer',
      onBlobs((_, response) => void response.end(moduleNumber(2))),
      /^DigestMismatch: what \S+ sent as a layer has the digest sha256:\w+, not sha256:\w+$/,
    ],
    [
      'sends something else as a manifest',
      (request, response, serve) => {
        if (request.url?.includes('manifests/sha256:')) response.end('{"schemaVersion":2,"layers":[]}');
        else serve();
      },
      /^DigestMismatch: what \S+ sent as a manifest has the digest/,
    ],
    [
      'sends a manifest without end',
      (request, response, serve) => {
        if (request.url?.includes('manifests/sha256:')) response.end(Buffer.alloc(5 * 1024 * 1024, ' '));
        else serve();
      },
      /^TooLarge: the manifest sha256:\w+ of \S+ has more than 4194304 bytes$/,
    ],
    [
      'announces a layer that is too large',
      onBlobs(
        (_, response) => void response.writeHead(200, { 'content-length': 64 * 1024 * 1024 + 1 }).write('x'),
      ),
      /^TooLarge: the layer sha256:\w+ of \S+ has more than 67108864 bytes$/,
    ],
    [
      'redirects for ever',
      onBlobs((request, response) => void response.writeHead(307, { location: request.url ?? '' }).end()),
      /^FetchFailed: \S+ redirects more than 5 times$/,
    ],
    [
      'redirects to plain HTTP',
      onBlobs((_, response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end()),
      /^FetchFailed: http:\/\/127.0.0.1:9 is not asked without TLS/,
    ],
    [
      'has a fault',
      (_, response) => void response.writeHead(500).end(),
      /^FetchFailed: \S+ answers 500 for the tag 1$/,
    ],
    [
      'hangs up',
      (request) => void request.socket.destroy(),
      /^FetchFailed: \S+ closed the connection too early$/,
    ],
    [
      'asks for a token of nobody',
      (_, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer realm="::"' }).end(),
      /^(FetchFailed|Unauthorized): /,
    ],
  ];
  for (const [title, fault, problem, silent] of faults) {
    it(`${title} gets a clear word, and the module comes when it is well again`, async () => {
      if (silent) {
        supply.close();
        supply = new Supply({ timing: impatient });
      }
      registry.put('p', module);
      registry.behave = fault;
      const wanted = plugin();
      expect(await supply.problem(wanted)).to.match(problem);
      expect((await supply.look(wanted)).module).to.equal(undefined);
      registry.behave = (_request, _response, serve) => serve();
      expect(await supply.arrive(wanted))
        .to.include({ version: 1 })
        .and.not.have.property('problem');
    });
  }

  it('limits the rate is left alone for as long as it asks', async () => {
    supply.close();
    supply = new Supply({
      timing: { firstPauseMs: 1, longestPauseMs: 10_000, refreshMs: 1000, tryMs: 10_000 },
    });
    registry.put('p', module);
    registry.behave = (_, response) => void response.writeHead(429, { 'retry-after': '1' }).end();
    const wanted = plugin();
    expect(await supply.problem(wanted)).to.match(/answers 429/);
    registry.behave = (_request, _response, serve) => serve();
    await supply.arrive(wanted);
    const pauses = supply.told
      .filter(({ msg }) => msg === 'plugin cannot be fetched')
      .map((line) => line['retryInMs']);
    expect(pauses).to.deep.equal([1000]);
  });

  it('says nothing at all is given up after the time of one try', async () => {
    supply.close();
    supply = new Supply({ timing: { firstPauseMs: 10, longestPauseMs: 10, refreshMs: 1000, tryMs: 200 } });
    registry.behave = () => undefined;
    expect(await supply.problem(plugin())).to.equal('FetchFailed: the module did not arrive within 0.2 s');
  });

  it('drips is given up after the time of one try, however steady the drops', async () => {
    supply.close();
    supply = new Supply({ timing: { firstPauseMs: 10, longestPauseMs: 10, refreshMs: 1000, tryMs: 400 } });
    registry.put('p', module);
    registry.behave = onBlobs((_, response) => {
      response.writeHead(200, { 'content-length': 100_000 });
      const drops = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drops));
    });
    expect(await supply.problem(plugin())).to.equal('FetchFailed: the module did not arrive within 0.4 s');
  });

  it('redirects to another server gets its layer from there, and that one no credentials', async () => {
    const storage = await FaultRegistry.start();
    try {
      const { layer } = registry.put('p', module);
      storage.file('/elsewhere', module);
      registry.behave = (request, response, serve) => {
        if (request.headers.authorization === undefined)
          response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
        else if (request.url?.includes(layer))
          response.writeHead(307, { location: `https://${storage.host}/elsewhere` }).end();
        else serve();
      };
      const auth = Buffer.from('weaver:word').toString('base64');
      supply.objects.apply(pullSecret('pull', JSON.stringify({ auths: { [registry.host]: { auth } } })));
      await supply.arrive(plugin({ pullSecret: 'a/pull' }));
      expect(registry.seen.some(({ authorization }) => authorization === `Basic ${auth}`)).to.equal(true);
      expect(storage.seen.map(({ authorization }) => authorization)).to.deep.equal([undefined]);
    } finally {
      await storage.close();
    }
  });

  it('is slow delays neither a look nor other plugins, and its own comes when it comes', async () => {
    registry.put('p', module);
    const quick = await FaultRegistry.start();
    try {
      quick.put('q', moduleNumber(2));
      const release: (() => void)[] = [];
      registry.behave = (_request, _response, serve) => void release.push(serve);
      const slow = plugin();
      expect(await supply.look(slow)).to.include({ problemReason: 'Fetching' });
      const other = plugin({ image: `${quick.host}/team/q:1` }, { id: 'q' });
      await supply.arrive(other);
      expect((await supply.look(slow)).problemReason).to.equal('Fetching');
      registry.behave = (_request, _response, serve) => serve();
      for (const serve of release) serve();
      await supply.arrive(slow);
    } finally {
      await quick.close();
    }
  });

  it('serves twenty plugins at once is asked for the layer once', async () => {
    const { layer } = registry.put('p', module);
    const many = Array.from({ length: 20 }, (_, i) => plugin({}, { id: `p${i}` }));
    await Promise.all(many.map((one) => supply.look(one)));
    for (const one of many) await supply.arrive(one);
    expect(registry.count(layer)).to.equal(1);
    expect(supply.counts.compiles).to.equal(1);
  });

  it('is gone leaves what is on the disk; what rotted there is fetched again', async () => {
    const { layer } = registry.put('p', module);
    const wanted = plugin();
    await supply.arrive(wanted);
    const contents = join(supply.folder, 'contents');
    expect(readdirSync(contents)).to.have.length(2);
    writeFileSync(join(contents, layer.replace(':', '-')), 'rotten');
    supply.restart();
    await supply.arrive(wanted);
    expect(registry.count(layer)).to.equal(2);
    expect(supply.told.map(({ msg }) => msg)).to.include(
      'cached content is damaged; it will be fetched again',
    );
    supply.restart();
    expect((await supply.look(wanted)).module).to.be.instanceOf(WebAssembly.Module);
    expect(registry.count(layer)).to.equal(2);
  });

  it('has no new version leaves the old one serving', async () => {
    registry.put('p', module);
    const { digest, version } = await supply.arrive(plugin());
    const next = plugin({ image: `${registry.host}/team/p:2` });
    expect(await supply.look(next)).to.include({ digest, version, problemReason: 'Fetching' });
    await supply.problem(next);
    expect(await supply.look(next)).to.include({ digest, version, problemReason: 'NotFound' });
  });

  it('fails while a tag is looked at again leaves what is there, without a word in the status', async () => {
    registry.put('p', module);
    const wanted = plugin({ pullPolicy: 'Always' });
    const before = await supply.arrive(wanted);
    registry.behave = (_, response) => void response.writeHead(500).end();
    await eventually('it has failed', () => supply.counts.failures.length > 1);
    expect(await supply.look(wanted)).to.equal(before);
    registry.put('p', moduleNumber(2));
    registry.behave = (_request, _response, serve) => serve();
    expect((await supply.arrive(wanted, ({ digest }) => digest !== before.digest)).version).to.equal(2);
  });

  it('is not on the list is not asked', async () => {
    supply.close();
    supply = new Supply({ policy: { allow: ['registry.example.com'], publicKeys: [] } });
    expect(await supply.problem(plugin())).to.equal(
      `NotAllowed: ${registry.host}/team/p is not among the places that plugins may come from (plugin_sources.allow)`,
    );
    expect(registry.seen).to.deep.equal([]);
  });

  it('has another module than sha256 wants is refused, with all digests that it has', async () => {
    const { manifest } = registry.put('p', module);
    const problem = await supply.problem(plugin({}, { sha256: 'a'.repeat(64) }));
    expect(problem).to.match(/^DigestMismatch: the module has sha256 \w+ and its manifest \w+, not a{64}$/);
    expect(problem).to.include(manifest.slice(7));
  });
});
