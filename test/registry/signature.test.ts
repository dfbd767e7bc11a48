import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { pushModule, withRegistry } from '../../src/artifacts/oci/push.ts';
import type { OciSource, Plugin } from '../../src/model/plugin.ts';
import { layouts, signImage } from '../support/images.ts';
import { startRegistry, user, type RealRegistry } from '../support/registry.ts';
import { moduleNumber, pluginFrom, pullSecret, Supply } from '../support/supply.ts';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const pem = ({ publicKey }: Pair): string => publicKey.export({ type: 'spki', format: 'pem' });
const pairs: Readonly<Record<string, Pair>> = {
  'ECDSA P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed25519: generateKeyPairSync('ed25519'),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const [key, other] = [pairs['ECDSA P-256'], generateKeyPairSync('ec', { namedCurve: 'P-256' })] as [
  Pair,
  Pair,
];

describe('signatures in a real registry', () => {
  let registry: RealRegistry;
  let supply: Supply;
  const start = (publicKeys: readonly string[] = []): void => {
    supply = new Supply({ policy: { allow: [], publicKeys } });
    supply.objects.apply(pullSecret('pull', registry.dockerConfig));
  };
  const options = (): { ca: string; credential: typeof user } => ({ ca: registry.ca, credential: user });
  const image = (name: string): string => `${registry.host}/signed/${name}`;
  const plugin = (name: string, publicKey?: string, part: Partial<OciSource> = {}): Plugin =>
    pluginFrom({
      type: 'Oci',
      image: image(name),
      pullPolicy: 'IfNotPresent',
      pullSecret: 'a/pull',
      ca: registry.ca,
      ...(publicKey ? { publicKey } : {}),
      ...part,
    });
  const sign = (name: string, digest: string, by: KeyObject, told?: string): Promise<void> =>
    withRegistry(image(name), options(), (to) => signImage(to, digest, by, told));

  before(async () => (registry = await startRegistry('basic')));
  after(() => registry.stop());
  beforeEach(() => start());
  afterEach(() => supply.close());

  for (const [n, [name, pair]] of Object.entries(pairs).entries()) {
    it(`are believed when made with ${name}`, async () => {
      const digest = await pushModule(image(`kind:${n}`), moduleNumber(n), options());
      await sign('kind', digest, pair.privateKey);
      const { origin } = await supply.arrive(plugin(`kind:${n}`, pem(pair)));
      expect(origin).to.deep.equal({ from: `${image('kind')}@${digest}`, signed: true });
    });
  }

  it('are missed where there are none, with no layer read', async () => {
    const digest = await pushModule(image('none:1'), moduleNumber(10), options());
    expect(await supply.problem(plugin('none:1', pem(key)))).to.equal(
      `SignatureInvalid: the image is not signed: there is no tag ${digest.replace(':', '-')}.sig, as cosign sign makes it with --new-bundle-format=false --use-signing-config=false`,
    );
  });

  it('are not believed from another key', async () => {
    const digest = await pushModule(image('other:1'), moduleNumber(11), options());
    await sign('other', digest, other.privateKey);
    expect(await supply.problem(plugin('other:1', pem(key)))).to.equal(
      'SignatureInvalid: no signature of the image was made with the public key',
    );
  });

  it('are not believed when they are of another image', async () => {
    const good = await pushModule(image('moved:1'), moduleNumber(12), options());
    const bad = await pushModule(image('moved:2'), moduleNumber(13), options());
    await sign('moved', bad, key.privateKey, good);
    expect(await supply.problem(plugin('moved:2', pem(key)))).to.match(/^SignatureInvalid: no signature/);
  });

  it('of an index stand for its images', async () => {
    const push = layouts['image index with attestations'] as NonNullable<(typeof layouts)[string]>;
    const { digest } = await withRegistry(image('index'), options(), (to) => push(to, '1', moduleNumber(14)));
    await sign('index', digest, key.privateKey);
    expect((await supply.arrive(plugin('index:1', pem(key)))).origin).to.include({ signed: true });
  });

  it('come late, and the plugin comes then', async () => {
    const digest = await pushModule(image('late:1'), moduleNumber(15), options());
    const wanted = plugin('late:1', pem(key));
    await supply.problem(wanted);
    await sign('late', digest, key.privateKey);
    expect((await supply.arrive(wanted)).origin).to.include({ signed: true });
  });

  it('are required by the process, whatever the plugin says', async () => {
    supply.close();
    start([pem(key)]);
    await pushModule(image('policy:1'), moduleNumber(16), options());
    const digest = await pushModule(image('policy:2'), moduleNumber(17), options());
    await sign('policy', digest, key.privateKey);
    expect(await supply.problem(plugin('policy:1'))).to.match(/^SignatureInvalid: /);
    const signed = { ...plugin('policy:2'), id: 'signed' };
    expect((await supply.arrive(signed)).origin).to.include({ signed: true });
    const web = pluginFrom(
      { type: 'Http', url: `https://${registry.host}/x`, pullPolicy: 'IfNotPresent' },
      { id: 'w' },
    );
    expect(await supply.problem(web)).to.match(/^NotAllowed: signatures are required/);
  });
});

describe('a restart while the registry is down', () => {
  for (const pullPolicy of ['IfNotPresent', 'Always'] as const) {
    it(`still serves, signature and all, with ${pullPolicy}`, async () => {
      const registry = await startRegistry('basic');
      const supply = new Supply();
      try {
        supply.objects.apply(pullSecret('pull', registry.dockerConfig));
        const image = `${registry.host}/team/p:1`;
        const options = { ca: registry.ca, credential: user };
        const digest = await pushModule(image, moduleNumber(1), options);
        await withRegistry(image, options, (to) => signImage(to, digest, key.privateKey));
        const source = { type: 'Oci', image, pullPolicy, pullSecret: 'a/pull', ca: registry.ca } as const;
        const wanted = pluginFrom({ ...source, publicKey: pem(key) });
        const before = await supply.arrive(wanted);
        await registry.stop();
        supply.restart();
        const after = await supply.look(wanted);
        expect(after).to.deep.include({ digest: before.digest, origin: before.origin });
        expect(after.module, 'at the first look').to.be.instanceOf(WebAssembly.Module);
        expect(supply.counts.cacheHits).to.equal(1);
        const unknown = pluginFrom({ ...source, publicKey: pem(other) }, { id: 'unknown' });
        expect((await supply.look(unknown)).module, 'a key that did not sign').to.equal(undefined);
      } finally {
        supply.close();
        await registry.stop();
      }
    });
  }
});
