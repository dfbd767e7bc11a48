import { expect } from 'chai';
import { pushModule, withRegistry } from '../../src/artifacts/oci/push.ts';
import type { OciSource, Plugin } from '../../src/model/plugin.ts';
import { layouts, pushComponent } from '../support/images.ts';
import { startRegistry, user, type RealRegistry } from '../support/registry.ts';
import { moduleNumber, pluginFrom, pullSecret, Supply } from '../support/supply.ts';
import { digestOf } from '../../src/artifacts/oci/digest.ts';

const hex = (bytes: Uint8Array): string => digestOf(bytes).slice('sha256:'.length);

for (const access of ['basic', 'token'] as const) {
  describe(`a real registry over TLS with ${access} authentication`, () => {
    let registry: RealRegistry;
    let supply: Supply;
    const options = (): { ca: string; credential: typeof user } => ({ ca: registry.ca, credential: user });
    const image = (name: string): string => `${registry.host}/team/${name}`;
    const plugin = (name: string, source: Partial<OciSource> = {}, part: Partial<Plugin> = {}): Plugin =>
      pluginFrom(
        {
          type: 'Oci',
          image: image(name),
          pullPolicy: 'IfNotPresent',
          pullSecret: 'a/pull',
          ca: registry.ca,
          ...source,
        },
        part,
      );

    before(async () => (registry = await startRegistry(access)));
    after(() => registry.stop());
    beforeEach(() => {
      supply = new Supply();
      supply.objects.apply(pullSecret('pull', registry.dockerConfig));
    });
    afterEach(() => supply.close());

    for (const [n, [name, push]] of Object.entries(layouts).entries()) {
      it(`serves a module from a ${name}, by tag and by digest, with the sha256 of either`, async () => {
        const module = moduleNumber(n);
        const pushed = await withRegistry(image('layouts'), options(), (to) => push(to, `v${n}`, module));
        const byTag = await supply.arrive(plugin(`layouts:v${n}`));
        expect(byTag.digest).to.equal(hex(module));
        expect(byTag.origin).to.deep.equal({ from: `${image('layouts')}@${pushed.digest}` });
        const byDigest = plugin(`layouts@${pushed.digest}`, {}, { id: 'd', sha256: hex(module) });
        expect((await supply.arrive(byDigest)).origin).to.include({ matched: 'module' });
        const sha256 = pushed.digest.slice('sha256:'.length);
        const pinned = plugin(`layouts:v${n}`, {}, { id: 'm', sha256 });
        expect((await supply.arrive(pinned)).origin).to.include({ matched: 'manifest' });
      });
    }

    it('serves what loom itself pushes, the CNCF artifact, with the same digest for the same date', async () => {
      const created = new Date(0);
      const digest = await pushModule(image('own:1'), moduleNumber(20), { ...options(), created });
      expect(await pushModule(image('own:2'), moduleNumber(20), { ...options(), created })).to.equal(digest);
      const { origin } = await supply.arrive(plugin('own:1'));
      expect(origin).to.deep.equal({ from: `${image('own')}@${digest}` });
    });

    it('refuses a component, and says what it is', async () => {
      await withRegistry(image('component'), options(), (to) => pushComponent(to, '1', moduleNumber(21)));
      expect(await supply.problem(plugin('component:1'))).to.equal(
        'InvalidModule: the image holds a WebAssembly component; Proxy-Wasm plugins are core modules',
      );
    });

    it('says which tag is not there', async () => {
      await pushModule(image('tags:1'), moduleNumber(22), options());
      expect(await supply.problem(plugin('tags:2'))).to.match(
        /^NotFound: 127.0.0.1:\d+ answers 404 for the tag 2$/,
      );
    });

    it('waits for the Secret, is refused with a wrong one, and comes when it is right', async () => {
      await pushModule(image('secret:1'), moduleNumber(23), options());
      supply.objects.delete('Secret', 'a/pull');
      const wanted = plugin('secret:1');
      expect(await supply.problem(wanted)).to.equal('SecretNotFound: the Secret a/pull does not exist');
      expect(supply.counts.fetches).to.equal(0);
      const auth = Buffer.from('weaver:wrong').toString('base64');
      supply.objects.apply(pullSecret('pull', JSON.stringify({ auths: { [registry.host]: { auth } } })));
      const refused = await supply.arrive(wanted, ({ problemReason }) => problemReason === 'Unauthorized');
      expect(refused.problem).to.match(/answers 401/);
      supply.objects.apply(pullSecret('pull', registry.dockerConfig));
      expect((await supply.arrive(wanted)).digest).to.equal(hex(moduleNumber(23)));
    });

    it('is not let in without credentials', async () => {
      const { pullSecret: _, ...source } = plugin('secret:1').source as OciSource;
      expect(await supply.problem(pluginFrom(source))).to.match(/^Unauthorized: /);
    });

    it('believes no certificate that nobody vouches for, unless it is told to', async () => {
      await pushModule(image('tls:1'), moduleNumber(24), options());
      const { ca: _, ...source } = plugin('tls:1').source as OciSource;
      expect(await supply.problem(pluginFrom(source))).to.match(
        /^FetchFailed: 127.0.0.1:\d+ has a certificate that is not trusted: .*; a private authority belongs into ca$/,
      );
      const skipping = pluginFrom({ ...source, insecure: 'SkipVerify' }, { id: 'skipping' });
      expect((await supply.arrive(skipping)).digest).to.equal(hex(moduleNumber(24)));
    });

    it('follows a tag with Always, and stays with what it has with IfNotPresent', async () => {
      await pushModule(image('moving:1'), moduleNumber(25), options());
      const following = plugin('moving:1', { pullPolicy: 'Always' }, { id: 'following' });
      const staying = plugin('moving:1', {}, { id: 'staying' });
      await supply.arrive(following);
      await supply.arrive(staying);
      await pushModule(image('moving:1'), moduleNumber(26), options());
      const followed = await supply.arrive(following, ({ digest }) => digest === hex(moduleNumber(26)));
      expect(followed.version).to.equal(2);
      expect((await supply.look(staying)).digest).to.equal(hex(moduleNumber(25)));
    });
  });
}
