import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mock } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { readTar } from '../../../src/artifacts/tar.ts';
import { bundle } from '../../../src/cli/debug/bundle.ts';
import { kubeconfigOf, KubeServer } from '../../support/kube-server.ts';
import { startWorld, type SourceKind } from '../../support/world.ts';

const hello = `${process.cwd()}/plugins/examples/hello/build/hello.wasm`;

/** Each place where somebody may have written a secret has one. */
const secrets = `
sticky_secret: S3CR3T-sticky-and-long-enough
rate_limits: { redis: { addresses: ["127.0.0.1:9"], username: S3CR3T-user } }
routes:
  - id: shop
    host: shop.test
    rules:
      - name: all
        path: /cart/*
        headers: { x-api-key: S3CR3T-condition }
        query: { token: S3CR3T-parameter }
        upstream: u
        plugins: [{ name: mark, config: { key: S3CR3T-use } }]
        request_headers: { set: { authorization: Bearer S3CR3T-request } }
        response_headers: { add: { x-key: S3CR3T-response } }
      - { name: told, path: /told, direct_response: { status: 200, body: S3CR3T-body } }
upstreams:
  - name: u
    endpoints: ["127.0.0.1:9"]
    health_check: { path: /, headers: { authorization: S3CR3T-probe } }
plugins:
  - { name: mark, path: ${hello}, config: { key: S3CR3T-config }, env: [{ name: KEY, value: S3CR3T-env }] }
  - { name: away, url: "https://ann:S3CR3T-url@127.0.0.1:9/x.wasm?sig=S3CR3T-signature" }
`;

const log = [
  '{"level":"info","plugin":"mark","text":"S3CR3T-said","msg":"plugin says"}',
  '{"level":"access","method":"GET","path":"/cart","status":200,"userAgent":"S3CR3T-agent","notes":{"a":"S3CR3T-note"}}',
  '{"level":"error","err":{"type":"Error","message":"x eyJh.S3CR3T-jwt","stack":"at Bearer S3CR3T-stack"},"msg":"failed"}',
  'S3CR3T-raw',
].join('\n');

function filesOf(archive: string): ReadonlyMap<string, string> {
  const files = [...readTar(gunzipSync(readFileSync(archive)))];
  return new Map(
    files.map(({ path, bytes }) => [path.replace('loom-debug/', ''), Buffer.from(bytes).toString()]),
  );
}

describe('loom debug bundle', () => {
  let folder: string;
  let output: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-bundle-'));
    output = join(folder, 'bundle.tar.gz');
    mock.method(console, 'log', () => undefined);
    mock.method(console, 'error', () => undefined);
  });
  afterEach(() => {
    mock.restoreAll();
    rmSync(folder, { recursive: true });
  });

  for (const kind of ['loom.yaml', 'manifests'] as const satisfies readonly SourceKind[]) {
    it(`holds what is needed and no secret, of a configuration from ${kind}`, async () => {
      const world = await startWorld(secrets, kind);
      writeFileSync(join(folder, 'log'), log);
      try {
        expect(JSON.stringify(await world.getJson('/routes'))).to.include('S3CR3T');
        const args = ['--admin', world.admin, '--logs', join(folder, 'log'), '-o', output];
        expect(await bundle.run(args)).to.equal(0);
      } finally {
        await world.stop('SIGKILL');
      }
      const files = filesOf(output);
      expect([...files.keys()]).to.deep.equal([
        'manifest.json',
        ...['info', 'ready', 'routes', 'upstreams', 'plugins', 'settings', 'heap'].map(
          (name) => `${name}.json`,
        ),
        'metrics.txt',
        'control.jsonl',
        'given-1.jsonl',
      ]);
      for (const [path, text] of files) {
        expect(text, path).to.not.include('S3CR3T');
        expect(text, path).to.not.equal('');
      }
      expect(files.get('routes.json')).to.include('/cart').and.include('x-api-key');
      expect(files.get('heap.json')).to.include('used_heap_size').and.include('"rss"');
      expect(files.get('control.jsonl')).to.include('configuration applied');
      expect(files.get('given-1.jsonl')).to.include('"method":"GET"');
      expect(files.get('plugins.json')).to.include(hello);
      expect(statSync(output).mode & 0o777).to.equal(0o600);
    });
  }

  it('asks a pod through the API server', async () => {
    const server = await new KubeServer().start();
    server.fault = ({ path }) => ({ status: 200, body: path.endsWith('/log') ? 'S3CR3T' : { revision: 7 } });
    try {
      const kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, kubeconfigOf(server.url));
      const args = ['--pod', 'loom-system/loom-1', '--kubeconfig', kubeconfig, '-o', output];
      expect(await bundle.run(args)).to.equal(0);
    } finally {
      await server.stop();
    }
    const base = '/api/v1/namespaces/loom-system/pods/loom-1';
    const paths = server.requests.map(({ path }) => path);
    expect(paths).to.include.members([
      `${base}:9091/proxy/info`,
      `${base}:9091/proxy/debug/heap`,
      `${base}/log`,
    ]);
    const files = filesOf(output);
    expect(JSON.parse(files.get('info.json') ?? '')).to.deep.equal({ revision: 7 });
    expect([...files.values()].join('')).to.not.include('S3CR3T');
  });

  it('says what it could not get, and ends with 1 when that is everything', async () => {
    const told = mock.method(console, 'error', () => undefined);
    expect(await bundle.run(['--admin', 'http://127.0.0.1:9', '-o', output])).to.equal(1);
    expect(told.mock.calls[0]?.arguments[0]).to.match(/^loom debug bundle: no info.json: /);
    const { files } = JSON.parse(filesOf(output).get('manifest.json') ?? '') as {
      files: { problem?: string }[];
    };
    expect(files.every(({ problem }) => problem)).to.equal(true);
  });
});
