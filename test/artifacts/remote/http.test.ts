import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { digestOf } from '../../../src/artifacts/oci/digest.ts';
import type { HttpSource, Plugin } from '../../../src/model/plugin.ts';
import { FaultRegistry } from '../../support/fault-registry.ts';
import { moduleNumber, pluginFrom, pullSecret, Supply } from '../../support/supply.ts';
import { makeTar } from '../../support/tar.ts';
import { eventually } from '../../support/wait.ts';

const module = moduleNumber(1);
const hex = (bytes: Uint8Array): string => digestOf(bytes).slice('sha256:'.length);

describe('a module at a URL', () => {
  let server: FaultRegistry;
  let supply: Supply;
  const plugin = (part: Partial<HttpSource> = {}, more: Partial<Plugin> = {}): Plugin =>
    pluginFrom(
      {
        type: 'Http',
        url: `https://${server.host}/p.wasm`,
        pullPolicy: 'IfNotPresent',
        ca: server.ca,
        ...part,
      },
      more,
    );

  beforeEach(async () => {
    server = await FaultRegistry.start();
    supply = new Supply();
  });
  afterEach(async () => {
    supply.close();
    await server.close();
  });

  it('comes, and is not asked for again after a restart', async () => {
    server.file('/p.wasm', module);
    const { origin, digest } = await supply.arrive(plugin());
    expect(digest).to.equal(hex(module));
    expect(origin).to.deep.equal({ from: `https://${server.host}/p.wasm` });
    supply.restart();
    expect((await supply.look(plugin())).digest).to.equal(digest);
    expect(server.seen).to.have.length(1);
  });

  it('comes out of an archive, with the sha256 of either', async () => {
    const archive = gzipSync(makeTar({ 'x/plugin.wasm': module }));
    server.file('/p.wasm', archive);
    const file = await supply.arrive(plugin({}, { id: 'file', sha256: hex(archive) }));
    expect(file.origin).to.include({ matched: 'file' });
    const inner = await supply.arrive(plugin({}, { id: 'inner', sha256: hex(module) }));
    expect(inner.origin).to.include({ matched: 'module' });
  });

  it('is asked for by its ETag with Always, and comes again when it is another one', async () => {
    server.file('/p.wasm', module);
    let unchanged = 0;
    server.behave = (request, response, serve) => {
      if (request.headers['if-none-match'] !== `"${digestOf(module)}"`) return serve();
      unchanged++;
      return void response.writeHead(304).end();
    };
    const wanted = plugin({ pullPolicy: 'Always' });
    const first = await supply.arrive(wanted);
    await eventually('it was asked for again', () => unchanged > 1);
    expect(await supply.look(wanted)).to.equal(first);
    expect(supply.counts).to.include({ bytes: module.length, compiles: 1 });
    server.file('/p.wasm', moduleNumber(2));
    server.behave = (_request, _response, serve) => serve();
    expect((await supply.arrive(wanted, ({ digest }) => digest !== first.digest)).version).to.equal(2);
  });

  it('is given the credentials of its host', async () => {
    server.file('/p.wasm', module);
    const auth = Buffer.from('weaver:word').toString('base64');
    server.behave = (request, response, serve) => {
      if (request.headers.authorization === `Basic ${auth}`) serve();
      else response.writeHead(403).end();
    };
    expect(await supply.problem(plugin())).to.match(/^Unauthorized: \S+ answers 403 for the module$/);
    supply.objects.apply(pullSecret('pull', JSON.stringify({ auths: { [server.host]: { auth } } })));
    await supply.arrive(plugin({ pullSecret: 'a/pull' }));
  });

  it('is followed to where it was moved, but to no place that is not allowed', async () => {
    const other = await FaultRegistry.start();
    try {
      other.file('/moved.wasm', module);
      server.behave = (_, response) =>
        void response.writeHead(302, { location: `https://${other.host}/moved.wasm` }).end();
      await supply.arrive(plugin());
      supply.close();
      supply = new Supply({ policy: { allow: [server.host], publicKeys: [] } });
      expect(await supply.problem(plugin())).to.match(/^NotAllowed: \S+\/moved.wasm is not among the places/);
      expect(other.seen).to.have.length(1);
    } finally {
      await other.close();
    }
  });

  it('is no module, and that is said', async () => {
    server.file('/p.wasm', Buffer.from('<html>'));
    expect(await supply.problem(plugin())).to.equal(
      `InvalidModule: what ${server.host} sent is no module and no archive with one`,
    );
  });

  it('does not go to a server without TLS', async () => {
    const url = `http://${server.host}/p.wasm`;
    expect(await supply.problem(plugin({ url }))).to.match(
      /is not asked without TLS; insecure: PlainHttp would/,
    );
    expect(server.seen).to.deep.equal([]);
  });

  for (const host of ['127.0.0.1', '[::1]', 'localhost'])
    it(`is not looked for at ${host} where that must not be reached, nor is an image`, async () => {
      const policy = { allow: [], publicKeys: [], foreignOnly: true };
      const closed = new Supply({ policy });
      const place = `${host}:${server.host.split(':')[1]}`;
      const sources = [
        plugin({ url: `https://${place}/p.wasm` }),
        pluginFrom(
          { type: 'Oci', image: `${place}/p:1`, pullPolicy: 'IfNotPresent', ca: server.ca },
          { id: 'image' },
        ),
      ];
      const why = `NotAllowed: ${place} leads to an address of the machine itself`;
      for (const source of sources) expect(await closed.problem(source)).to.equal(why);
      closed.close();
      expect(server.seen).to.deep.equal([]);
    });
});
