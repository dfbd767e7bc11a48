import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { pushModule, withRegistry } from '../../src/artifacts/oci/push.ts';
import type { OciSource, Plugin } from '../../src/model/plugin.ts';
import { echoBackend } from '../support/backend.ts';
import { Cosign } from '../support/cosign.ts';
import { copySignatures, layouts } from '../support/images.ts';
import { startRegistry, user, type RealRegistry } from '../support/registry.ts';
import { moduleNumber, pluginFrom, pullSecret, Supply } from '../support/supply.ts';
import { eventually } from '../support/wait.ts';
import { startWorld } from '../support/world.ts';

const digestIn = (name: string): string => name.slice(name.indexOf('@') + 1);

describe('signatures that cosign made', function () {
  // The first run builds it.
  this.timeout(900_000);
  let registry: RealRegistry;
  let cosign: Cosign;
  let supply: Supply;
  let publicKey: string;

  const image = (name: string): string => `${registry.host}/cosign/${name}`;
  const options = (): { ca: string; credential: typeof user } => ({ ca: registry.ca, credential: user });
  const plugin = (name: string, key = publicKey): Plugin =>
    pluginFrom({
      type: 'Oci',
      image: image(name),
      pullPolicy: 'IfNotPresent',
      pullSecret: 'a/pull',
      ca: registry.ca,
      publicKey: key,
    } satisfies OciSource);
  /** `repository@digest` of a new image. */
  const push = async (n: number): Promise<string> =>
    `images@${await pushModule(image(`images:${n}`), moduleNumber(n), options())}`;

  before(async () => {
    registry = await startRegistry('basic');
    cosign = await Cosign.of(registry);
    publicKey = await cosign.key('cosign');
    await cosign.key('other');
  });
  after(async () => {
    cosign?.close();
    await registry?.stop();
  });
  beforeEach(() => {
    supply = new Supply();
    supply.objects.apply(pullSecret('pull', registry.dockerConfig));
  });
  afterEach(() => supply.close());

  const refusal = async (name: string, key = publicKey): Promise<string> =>
    (await supply.problem(plugin(name, key))).replace(/^SignatureInvalid: /, '');
  const byAnother = 'no signature of the image was made with the public key';

  const algorithms = [
    'ecdsa-sha2-256-nistp256',
    'ecdsa-sha2-384-nistp384',
    'ecdsa-sha2-512-nistp521',
    'rsa-sign-pkcs1-2048-sha256',
    'rsa-sign-pkcs1-3072-sha256',
    'rsa-sign-pkcs1-4096-sha256',
  ];
  for (const [n, algorithm] of algorithms.entries()) {
    it(`are believed from a key ${algorithm}`, async () => {
      const key = await cosign.key(algorithm, algorithm);
      const name = await push(n);
      await cosign.sign(algorithm, image(name));
      const { origin } = await supply.arrive(plugin(name, key));
      expect(origin).to.deep.equal({ from: image(name), signed: true });
    });
  }

  it('are refused from an Ed25519 key, with the reason: they are Ed25519ph', async () => {
    const key = await cosign.key('ed25519', 'ed25519');
    const name = await push(10);
    await cosign.sign('ed25519', image(name));
    expect(await refusal(name, key)).to.equal(
      `${byAnother}; cosign signs Ed25519ph with an Ed25519 key, which is not read: take ECDSA or RSA`,
    );
  });

  it('are refused from another key, and believed when the right one has signed too', async () => {
    const name = await push(11);
    await cosign.sign('other', image(name));
    expect(await refusal(name)).to.equal(byAnother);
    await cosign.sign('cosign', image(name));
    expect((await supply.arrive(plugin(name))).origin).to.include({ signed: true });
  });

  it('are refused under the digest of another image', async () => {
    const [good, bad] = [await push(12), await push(13)];
    await cosign.sign('cosign', image(good));
    await withRegistry(image('images'), options(), (to) => copySignatures(to, digestIn(good), digestIn(bad)));
    expect(await refusal(bad)).to.equal(byAnother);
    expect((await supply.arrive({ ...plugin(good), id: 'good' })).origin).to.include({ signed: true });
  });

  it('of an index stand for its images', async () => {
    const index = layouts['image index with attestations'] as NonNullable<(typeof layouts)[string]>;
    const { digest } = await withRegistry(image('images'), options(), (to) =>
      index(to, 'i', moduleNumber(14)),
    );
    await cosign.sign('other', image(`images@${digest}`));
    expect(await refusal(`images@${digest}`)).to.equal(byAnother);
    await cosign.sign('cosign', image(`images@${digest}`));
    expect((await supply.arrive(plugin(`images@${digest}`))).origin).to.include({ signed: true });
  });

  it('are missed where there are none, and where they are bundles, with what to tell cosign', async () => {
    const name = await push(15);
    const message = `the image is not signed: there is no tag ${digestIn(name).replace(':', '-')}.sig, as cosign sign makes it with --new-bundle-format=false --use-signing-config=false`;
    expect(await refusal(name)).to.equal(message);
    await cosign.signBundle('cosign', image(name));
    expect(await refusal(name)).to.equal(message);
    await cosign.sign('cosign', image(name));
    expect((await supply.arrive(plugin(name))).origin).to.include({ signed: true });
  });

  it('let requests through a plugin, and the status tells of them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loom-cosign-'));
    const backend = await echoBackend('backend');
    writeFileSync(join(folder, 'config.json'), registry.dockerConfig);
    const module = readFileSync('plugins/examples/hello/build/hello.wasm');
    const digest = await pushModule(image('hello:1'), module, options());
    await cosign.sign('cosign', image(`hello@${digest}`));
    const oci = { image: image('hello:1'), ca: registry.ca, pull_secret_ref: 'pull', public_key: publicKey };
    const world = await startWorld(
      stringify({
        plugin_sources: { cache: { path: join(folder, 'cache') } },
        routes: [{ id: 'all', path: '/*', upstream: 'backend', plugins: ['hello'] }],
        upstreams: [{ name: 'backend', endpoints: [`127.0.0.1:${backend.port}`] }],
        plugins: [{ name: 'hello', source: { oci } }],
        pull_secrets: [{ name: 'pull', path: join(folder, 'config.json') }],
      }),
    );
    try {
      await eventually('the plugin serves', async () => {
        const answer = await fetch(world.url);
        await answer.body?.cancel();
        return answer.headers.get('x-hello') === 'world';
      });
      await eventually('the status tells of the signature', async () =>
        JSON.stringify(await world.getJson('/plugins/hello')).includes(`@${digest}. Its signature is good.`),
      );
    } finally {
      await world.stop('SIGKILL');
      await backend.close();
      rmSync(folder, { recursive: true });
    }
  });
});
