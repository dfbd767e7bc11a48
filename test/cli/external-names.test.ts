import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubeconfigOf, KubeServer } from '../support/kube-server.ts';
import { loom } from './program.ts';

const metadata = { name: 'shop', namespace: 'a' };
const route = {
  apiVersion: 'loom.dev/v1alpha1',
  kind: 'LoomRoute',
  metadata,
  spec: {
    hosts: ['shop.test'],
    rules: [{ name: 'all', backends: [{ serviceRef: { name: 'web', port: 443 } }] }],
  },
};
const service = (externalName: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...metadata, name: 'web' },
  spec: { type: 'ExternalName', externalName, ports: [{ port: 443 }] },
});
const allowed = '--allow-external-names';
const request = ['GET', 'http://shop.test/'];

/** Commands that look at what an operator with such options serves must see the same. */
describe(`commands with ${allowed}`, () => {
  let folder: string;
  let server: KubeServer;
  let cluster: readonly string[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'loom-external-'));
    server = await new KubeServer().start();
    writeFileSync(join(folder, 'kubeconfig'), kubeconfigOf(server.url));
    cluster = ['--cluster', '--kubeconfig', join(folder, 'kubeconfig')];
    server.put('/apis/loom.dev/v1alpha1/loomroutes', route);
    server.put('/api/v1/services', service('api.example.com'));
    for (const name of ['a', 'b'])
      server.put('/api/v1/namespaces', { metadata: { name, labels: { team: name } } });
    for (const [name, host] of [
      ['same', 'api.example.com'],
      ['other', 'api.example.org'],
      ['inner', 'localhost'],
    ] as const) {
      mkdirSync(join(folder, name));
      const items = [route, service(host)];
      writeFileSync(
        join(folder, name, 'all.json'),
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
      );
    }
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const at = (name: string): string => join(folder, name);

  it('explain where requests go, of a cluster and of manifests', async () => {
    for (const from of [cluster, ['-f', at('same')]]) {
      const { stdout } = await loom('explain', ...from, allowed, ...request);
      expect(stdout).to.include('a/web:443, 100 %').and.include('api.example.com:443');
      expect((await loom('explain', ...from, ...request)).stdout).to.not.include('api.example.com');
    }
    const { stdout } = await loom('explain', '-f', at('inner'), allowed, ...request);
    expect(stdout).to.include('a/web:443').and.not.include('localhost');
  });

  it('look only into namespaces with such labels', async () => {
    for (const [team, code] of [
      ['a', 0],
      ['b', 1],
      ['nobody', 1],
    ] as const) {
      const asked = await loom(
        'explain',
        ...cluster,
        allowed,
        '--namespace-selector',
        `team=${team}`,
        ...request,
      );
      expect(asked.code, team + asked.stderr).to.equal(code);
    }
  });

  it('find nothing wrong with it', async () => {
    for (const from of [cluster, ['--references', at('same')]]) {
      expect((await loom('validate', ...from, allowed)).stdout).to.equal('valid\n');
      expect((await loom('validate', ...from)).stdout).to.include('is of type ExternalName');
    }
    const { code, stdout } = await loom('validate', '--references', allowed, at('inner'));
    expect([code, stdout.includes('is of type ExternalName')]).to.deep.equal([1, true]);
  });

  it('see no difference between a cluster and what was applied to it', async () => {
    const { code, stdout } = await loom('diff', ...cluster, allowed, at('same'));
    expect([code, stdout]).to.deep.equal([0, '0 of 2 requests would be treated in another way\n']);
  });
});
