import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mock } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { operator } from '../../../src/cli/operator.ts';
import { kubeconfigOf, KubeServer } from '../../support/kube-server.ts';
import { builtModule } from '../../wasm/world.ts';

const own = '/apis/loom.dev/v1alpha1';
const objectOf = (kind: string, name: string, spec: object) => ({
  apiVersion: 'loom.dev/v1alpha1',
  kind,
  metadata: { name, namespace: 'a' },
  spec,
});

describe('loom operator --dry-run', () => {
  let folder: string;
  let server: KubeServer;
  let printed: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'loom-dry-run-'));
    server = await new KubeServer().start();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigOf(server.url));
    mock.method(console, 'log', (text: string) => void (printed = text));
  });
  afterEach(async () => {
    mock.restoreAll();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const dryRun = (...args: readonly string[]): Promise<number> =>
    operator.run(['--dry-run', '--kubeconfig', join(folder, 'kubeconfig'), ...args]);

  it('says what would be written, plugins and certificates tried, and only asks the API server', async () => {
    const plugins = [{ name: 'broken' }];
    const backends = [{ serviceRef: { name: 'web', port: 80 } }];
    server.put(
      `${own}/loomroutes`,
      objectOf('LoomRoute', 'shop', { rules: [{ name: 'all', backends, plugins }] }),
    );
    server.put(
      `${own}/wasmplugins`,
      objectOf('WasmPlugin', 'broken', {
        config: 'nonsense',
        source: { configMapRef: { name: 'm', key: 'k' } },
      }),
    );
    server.put('/api/v1/configmaps', {
      metadata: { name: 'm', namespace: 'a', labels: { 'loom.dev/wasm': 'true' } },
      binaryData: { k: builtModule('jwt-check').toString('base64') },
    });
    server.put('/api/v1/services', {
      metadata: { name: 'web', namespace: 'a', annotations: { 'loom.dev/typo': 'x' } },
      spec: { ports: [{ port: 80 }] },
    });
    const code = await dryRun();
    expect(printed).to.include('LoomRoute a/shop: the status would be written');
    expect(printed).to.match(/Programmed False, PluginUnavailable: /);
    expect(printed).to.include('Warning event, InvalidAnnotation: loom.dev/typo is not known');
    expect(printed.split('\n').at(-1)).to.equal(
      '3 objects: 2 statuses and 1 events would be written, 2 have problems',
    );
    expect(code).to.equal(1);
    expect(server.requests.filter(({ method }) => method !== 'GET')).to.deep.equal([]);
    expect(server.requests.filter(({ isWatch, path }) => isWatch || path.includes('leases'))).to.deep.equal(
      [],
    );
  });

  it('writes nothing again where the status shows it all', async () => {
    const spec = { endpoints: [{ address: '10.0.0.1', port: 80 }] };
    server.put(`${own}/loomupstreams`, objectOf('LoomUpstream', 'u', spec));
    expect(await dryRun('--json')).to.equal(0);
    const [first] = (JSON.parse(printed) as { objects: { write: boolean; conditions: object[] }[] }).objects;
    expect(first).to.include({ object: 'LoomUpstream a/u', write: true });
    const conditions = first?.conditions.map((one) => ({ ...one, observedGeneration: 1 }));
    server.put(`${own}/loomupstreams`, { ...objectOf('LoomUpstream', 'u', spec), status: { conditions } });
    expect(await dryRun()).to.equal(0);
    expect(printed).to.equal('1 objects: 0 statuses and 0 events would be written, 0 have problems');
  });

  it('leaves the objects of another class alone', async () => {
    const spec = { className: 'other', endpoints: [{ address: '10.0.0.1', port: 80 }] };
    server.put(`${own}/loomupstreams`, objectOf('LoomUpstream', 'u', spec));
    expect(await dryRun()).to.equal(0);
    expect(printed).to.match(/^0 objects/);
    expect(await dryRun('--class', 'other')).to.equal(0);
    expect(printed).to.include('LoomUpstream a/u');
  });

  it('takes --json with it only', async () => {
    const error: unknown = await operator.run(['--json']).catch((failure: unknown) => failure);
    expect(error).to.have.property('message', 'takes --json with --dry-run only');
    expect(readFileSync('docs/cli.md', 'utf8')).to.include('--dry-run');
  });
});
