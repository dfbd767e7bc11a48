import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { digestOf } from '../../src/artifacts/oci/digest.ts';
import { withRegistry } from '../../src/artifacts/oci/push.ts';
import { loomIn, type Outcome } from '../cli/program.ts';
import { startRegistry, user, type RealRegistry } from '../support/registry.ts';

const module = 'plugins/examples/hello/build/hello.wasm';

describe('loom plugin push, to a real registry', function () {
  // The first run builds the registry.
  this.timeout(900_000);
  let registry: RealRegistry;
  let folder: string;
  before(async () => (registry = await startRegistry('basic')));
  after(() => registry.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-push-'));
    writeFileSync(join(folder, 'ca.pem'), registry.ca);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const push = (tag: string, args: readonly string[] = [], input = ''): Promise<Outcome> => {
    const all = [
      'plugin',
      'push',
      module,
      `${registry.host}/team/hello:${tag}`,
      '--ca',
      join(folder, 'ca.pem'),
      ...args,
    ];
    return loomIn('.', all, { env: { DOCKER_CONFIG: folder }, input });
  };

  it('leaves the module under its tag, and prints the digest that pins it', async () => {
    writeFileSync(join(folder, 'config.json'), registry.dockerConfig);
    const { code, stdout, stderr } = await push('1', ['--annotation', 'team=a=b']);
    expect([code, stderr]).to.deep.equal([0, '']);
    const [, digest = ''] = /^.*\/team\/hello@(sha256:[a-f0-9]{64})\n$/.exec(stdout) ?? [];
    const options = { ca: registry.ca, credential: user };
    await withRegistry(`${registry.host}/team/hello:1`, options, async (repository) => {
      expect(await repository.resolve('1')).to.equal(digest);
      const manifest = JSON.parse(Buffer.from(await repository.manifest(digest)).toString()) as {
        annotations: object;
        layers: readonly { digest: string }[];
      };
      expect(manifest.annotations).to.have.property('team', 'a=b');
      expect(manifest.layers.map((layer) => layer.digest)).to.deep.equal([digestOf(readFileSync(module))]);
    });
  });

  it('gives the same digest for the same module and date', async () => {
    const args = ['--username', user.username, '--password-stdin', '--created', '2026-01-31T12:00:00Z'];
    const [first, second] = [
      await push('2', args, `${user.password}\n`),
      await push('2', args, user.password),
    ];
    expect([first.code, first.stderr]).to.deep.equal([0, '']);
    expect(second).to.deep.equal(first);
  });

  it('says that it was not let in', async () => {
    const { code, stdout, stderr } = await push('3', ['--username', 'stranger', '--password-stdin'], 'wrong');
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.match(/^loom plugin push: .*(401|credential|denied|refus)/);
  });
});
