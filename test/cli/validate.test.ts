import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { parseAllDocuments, stringify } from 'yaml';
import { kubeconfigOf, KubeServer } from '../support/kube-server.ts';
import { loom, loomIn } from './program.ts';

describe('loom validate', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loom-validate-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('ends with 0 where all is well', async () =>
    expect(await loom('validate', 'examples/loom.yaml', 'examples/kubernetes')).to.deep.equal({
      code: 0,
      stdout: 'valid\n',
      stderr: '',
    }));

  it('ends with 1 and says where what is wrong, in every path it is given', async () => {
    const bad = join(folder, 'loom.yaml');
    writeFileSync(bad, 'upstreams:\n  - name: u\n    endpoints: [{ address: 10.0.0.1, port: 0 }]\n');
    const { code, stdout } = await loom('validate', bad, 'examples/loom.yaml', join(folder, 'gone.yaml'));
    expect(code).to.equal(1);
    const [first, second, last] = stdout.split('\n');
    expect(first).to.match(/loom\.yaml:3:\d+: upstreams\[0\]\.endpoints\[0\]\.port: /);
    expect(second).to.include('gone.yaml').and.include('ENOENT');
    expect(last).to.equal('2 problems');
  });

  it('says why a file is no plugin, and nothing of one that is not there', async () => {
    writeFileSync(join(folder, 'text.wasm'), 'not a module');
    const file = join(folder, 'loom.yaml');
    writeFileSync(
      file,
      `plugins:\n  - { name: a, path: gone.wasm }\n  - { name: b, path: text.wasm }\n  - { name: c, path: ${resolve('plugins/examples/hello/build/hello.wasm')} }\n`,
    );
    const { code, stdout } = await loom('validate', file);
    expect(code).to.equal(1);
    expect(stdout.split('\n')).to.deep.equal([
      `${file}:3:16: plugins[1].path: ${join(folder, 'text.wasm')}: not a WebAssembly module: it does not begin with \\0asm`,
      '1 problem',
      '',
    ]);
  });

  const services = `
apiVersion: v1
kind: Service
metadata: { name: web, annotations: { loom.dev/route.web.path: /, loom.dev/route.web.timeout: soon, loom.dev/typo: x } }
spec: { ports: [{ port: 80 }] }
---
apiVersion: loom.dev/v1alpha1
kind: LoomRoute
metadata: { name: shop }
spec:
  rules:
    - name: all
      backends:
        - upstreamRef: { name: gone }
`;

  it('takes the output of kustomize from the standard input, annotations of Services too', async () => {
    const { code, stdout } = await loomIn(folder, ['validate', '-'], { input: services });
    expect(stdout.split('\n')).to.deep.equal([
      'stdin:4:101: loom.dev/typo is not known',
      'stdin:4:67: loom.dev/route.web.timeout must be a duration such as 500ms, 30s or 1h30m',
      '2 problems',
      '',
    ]);
    expect(code).to.equal(1);
  });

  it('says for programs what does not hold, references too where that is asked for', async () => {
    const args = ['validate', '--json', '--references', '-'];
    const { code, stdout } = await loomIn(folder, args, {
      input: services.replace(/, loom.dev\/route.web.timeout.*x/, ''),
    });
    expect(JSON.parse(stdout)).to.deep.equal({
      valid: false,
      problems: [
        {
          location: 'stdin:14:11',
          field: 'spec.rules[0].backends[0].upstreamRef',
          message: 'there is no LoomUpstream default/gone.',
        },
      ],
    });
    expect(code).to.equal(1);
  });

  it('looks at a live cluster', async () => {
    const server = await new KubeServer().start();
    try {
      const kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, kubeconfigOf(server.url));
      const args = ['validate', '--cluster', '--kubeconfig', kubeconfig];
      expect((await loom(...args)).stdout).to.equal('valid\n');
      const [service, route] = parseAllDocuments(services).map(
        (document) => document.toJS() as { metadata: object },
      );
      const inA = (object: { metadata: object } | undefined): object => ({
        ...object,
        metadata: { ...object?.metadata, namespace: 'a' },
      });
      server.put('/api/v1/services', inA(service));
      server.put('/apis/loom.dev/v1alpha1/loomroutes', inA(route));
      const { code, stdout } = await loom(...args);
      expect(stdout.split('\n')).to.include.members([
        'Service a/web: loom.dev/typo is not known',
        'LoomRoute a/shop: spec.rules[0].backends[0].upstreamRef: there is no LoomUpstream a/gone.',
      ]);
      expect(code).to.equal(1);
      expect(server.requests.every(({ method }) => method === 'GET')).to.equal(true);
    } finally {
      await server.stop();
    }
  });

  it('says for programs the same fields of objects in a cluster as of those in files', async () => {
    const upstream = (name: string, spec: object): object => ({
      apiVersion: 'loom.dev/v1alpha1',
      kind: 'LoomUpstream',
      metadata: { name, namespace: 'default' },
      spec,
    });
    const objects = [
      ...parseAllDocuments(services).map((document) => document.toJS() as { metadata: object }),
      upstream('odd', { endpoints: [{ address: '10.0.0.1', port: 0 }], loadBalancer: 'Dice' }),
      upstream('backed', { serviceRef: { name: 'gone', port: 80 } }),
    ];
    const server = await new KubeServer().start();
    try {
      for (const object of objects) {
        const { kind, metadata } = object as { kind: string; metadata: object };
        const collection =
          kind === 'Service' ? '/api/v1/services' : `/apis/loom.dev/v1alpha1/${kind.toLowerCase()}s`;
        server.put(collection, { ...object, metadata: { ...metadata, namespace: 'default' } });
      }
      const kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, kubeconfigOf(server.url));
      const told = async (args: readonly string[], input = ''): Promise<readonly string[]> => {
        const { stdout } = await loomIn(folder, ['validate', '--json', ...args], { input });
        const { problems } = JSON.parse(stdout) as { problems: { field: string; message: string }[] };
        return problems.map(({ field, message }) => `${field}: ${message}`).toSorted();
      };
      const ofFile = await told(
        ['--references', '-'],
        objects.map((object) => stringify(object)).join('---\n'),
      );
      expect(ofFile.filter((one) => one.startsWith('spec.')).length).to.be.at.least(4);
      expect(await told(['--cluster', '--kubeconfig', kubeconfig])).to.deep.equal(ofFile);
    } finally {
      await server.stop();
    }
  });

  it('ends with 2 for paths beside a cluster', async () =>
    expect((await loom('validate', '--cluster', 'examples')).code).to.equal(2));

  it('ends with 2 when it is given nothing', async () =>
    expect(await loom('validate')).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'loom validate: needs a file or folder\n',
    }));
});
