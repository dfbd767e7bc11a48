import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Image, image, unbuildable } from '../../hack/image/build.ts';
import { unable } from '../../hack/namespace.ts';
import { run } from '../support/cluster-command.ts';
import { until } from '../support/cluster-wait.ts';
import { binaries } from '../support/elf.ts';
import { type Contained, runContainer } from '../support/pods/container.ts';
import type { Pod } from '../support/pods/spec.ts';

/** Its own health is what it serves: nothing else runs in its network. */
const settings = `
listeners:
  - { name: http, address: ":8080" }
workers: 1
routes:
  - { id: health, path: /livez, upstream: itself, plugins: [header-rewrite] }
upstreams:
  - { name: itself, endpoints: ["127.0.0.1:9091"] }
plugins:
  - name: header-rewrite
    path: ./header-rewrite.wasm
    config: { response: { x-from-plugin: compiled } }
`;

/** Another kind of machine than this one, most often: qemu runs the programs of the image, each some ten times slower. */
describe('the image for arm64', function () {
  this.timeout(600_000);
  const missing = unbuildable('arm64');
  if (missing) {
    unable(`THE IMAGE FOR ARM64 WAS NEITHER BUILT NOR RUN: ${missing}.`);
    it(`is built and runs (not on this machine: ${missing})`);
    return;
  }
  const network = `loom-arm64-${process.pid}`;
  let folder: string;
  let made: Image;
  let last: Contained | undefined;

  before(async () => {
    made = image('arm64');
    folder = mkdtempSync(join(tmpdir(), 'loom-arm64-'));
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config/loom.yaml'), settings);
    const module = 'header-rewrite.wasm';
    copyFileSync(join('plugins/examples/header-rewrite/build', module), join(folder, 'config', module));
    await run('ip', ['netns', 'add', network]);
    await run('ip', ['-n', network, 'link', 'set', 'lo', 'up']);
  });
  // One that a test leaves behind would keep mocha from its end.
  afterEach(() => last?.outside.stop('SIGKILL'));
  after(async () => {
    await run('ip', ['netns', 'delete', network]).catch(() => undefined);
    if (folder) rmSync(folder, { recursive: true });
  });

  /** As the chart has it run, but for its command. */
  const start = async (name: string, command?: readonly string[]): Promise<Contained> => {
    const pod: Pod = {
      metadata: { name, uid: name, resourceVersion: '1' },
      spec: {
        containers: [
          {
            name,
            image: 'loom',
            ...(command && { command }),
            volumeMounts: [{ name: 'config', mountPath: '/etc/loom', readOnly: true }],
            securityContext: { readOnlyRootFilesystem: true },
          },
        ],
      },
    };
    last = await runContainer(pod, {
      image: made,
      network,
      volumes: new Map([['config', join(folder, 'config')]]),
      folder: join(folder, name),
      hosts: '',
      api: { host: '127.0.0.1', port: 1 },
    });
    return last;
  };
  const end = ({ outside }: Contained): Promise<number | null> =>
    until('end', () => outside.exitCode(), 120).catch((error: unknown) => {
      throw new Error(outside.log(), { cause: error });
    });

  it('has no program and no library for another kind of machine', () => {
    const kinds = binaries(made.root);
    expect([...kinds.keys()]).to.include(join(made.root, 'usr/local/bin/node'));
    expect([...kinds].filter(([, kind]) => kind !== 'arm64')).to.deep.equal([]);
  });

  it('has a Node that knows where it is', async () => {
    const facts = 'process.arch + " " + os.machine() + " " + process.getuid() + " " + process.version';
    const node = await start('facts', ['node', '-p', facts]);
    expect(await end(node)).to.equal(0);
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(node.outside.log().trim()).to.equal(`arm64 aarch64 65532 v${devDependencies.node}`);
  });

  it('serves through a plugin, and ends when it is asked to', async () => {
    const loom = await start('loom');
    // A start this slow is taken for overload: what is refused is asked again.
    const answer = await until(
      'answer',
      async () => {
        expect(loom.outside.exitCode(), loom.outside.log()).to.equal(undefined);
        return run('ip', ['netns', 'exec', network, 'curl', '-fsSi', 'http://127.0.0.1:8080/livez']);
      },
      240,
    );
    expect(answer, loom.outside.log()).to.match(/^HTTP\/1\.1 200 /);
    expect(answer).to.match(/^x-from-plugin: compiled\r$/m);
    loom.signal('SIGTERM');
    expect(await end(loom), loom.outside.log()).to.equal(0);
  });
});
