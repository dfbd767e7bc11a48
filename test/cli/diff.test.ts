import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mock } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '../../src/cli/command.ts';
import { diff } from '../../src/cli/diff.ts';
import { kubeconfigOf, KubeServer } from '../support/kube-server.ts';

const config = (rules: string): string => `
routes:
  - { id: shop, host: shop.test, rules: [${rules}] }
upstreams:
  - { name: blue, endpoints: ["127.0.0.1:3001"] }
  - { name: green, endpoints: ["127.0.0.1:3002"] }
`;

describe('loom diff', () => {
  let folder: string;
  let printed: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-diff-'));
    printed = [];
    mock.method(console, 'log', (text: string) => void printed.push(...text.split('\n')));
  });
  afterEach(() => {
    mock.restoreAll();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const all = '{ name: all, path: /*, upstream: blue }';

  it('finds nothing between equal rules that are written in another way', async () => {
    const long = '{ name: all, matches: [{ path: { type: Prefix, value: / } }], backends: [{ name: blue }] }';
    expect(await diff.run([file('a.yaml', config(all)), file('b.yaml', config(long))])).to.equal(0);
    expect(printed).to.deep.equal(['0 of 2 requests would be treated in another way']);
  });

  it('says of each request what was and what would be', async () => {
    const cart =
      '{ name: cart, path: /cart/:id, methods: [PUT], upstreams: { blue: 9, green: 1 }, cors: "*" }';
    const code = await diff.run([file('a.yaml', config(all)), file('b.yaml', config(`${all}, ${cart}`))]);
    expect(printed).to.deep.equal([
      'PUT http://shop.test/cart/1  (route, backends, stages, settings)',
      '  - shop, rule all: blue 100 %',
      '  + shop, rule cart: cors > blue 90 %, green 10 %',
      'OPTIONS http://shop.test/cart/1 | origin: any | access-control-request-method: PUT  (route, backends, stages, settings)',
      '  - shop, rule all: blue 100 %',
      '  + shop, rule cart: cors > blue 90 %, green 10 %',
      '2 of 5 requests would be treated in another way',
    ]);
    expect(code).to.equal(1);
  });

  it('tells of a rule that is shed sooner', async () => {
    const low = '{ name: all, path: /*, upstream: blue, priority: low }';
    const code = await diff.run([file('a.yaml', config(all)), file('b.yaml', config(low))]);
    expect(printed[0]).to.equal('GET http://shop.test/  (settings)');
    expect(printed.at(-1)).to.equal('2 of 2 requests would be treated in another way');
    expect(code).to.equal(1);
  });

  it('compares by the requests that it is given', async () => {
    const requests = file('requests', 'GET http://shop.test/\nGET http://blog.test/\n');
    const gone = file('b.yaml', config('{ name: all, path: /new/*, upstream: blue }'));
    const code = await diff.run(['--json', '--requests', requests, file('a.yaml', config(all)), gone]);
    const { requests: count, changes } = JSON.parse(printed.join('\n')) as {
      requests: number;
      changes: { kinds: string[] }[];
    };
    expect([code, count, changes.map(({ kinds }) => kinds)]).to.deep.equal([1, 2, [['answer']]]);
  });

  it('says what applying a folder would change in a cluster, and writes nothing', async () => {
    const server = await new KubeServer().start();
    try {
      const kubeconfig = file('kubeconfig', kubeconfigOf(server.url));
      const objectOf = (name: string, port: number) => ({
        apiVersion: 'loom.dev/v1alpha1',
        kind: 'LoomRoute',
        metadata: { name, namespace: 'a' },
        spec: {
          hosts: [`${name}.test`],
          rules: [{ name: 'all', backends: [{ serviceRef: { name: 'web', port } }] }],
        },
      });
      for (const name of ['shop', 'blog'])
        server.put('/apis/loom.dev/v1alpha1/loomroutes', objectOf(name, 80));
      mkdirSync(join(folder, 'dir'));
      file('dir/shop.json', JSON.stringify(objectOf('shop', 81)));
      const code = await diff.run(['--cluster', '--kubeconfig', kubeconfig, join(folder, 'dir')]);
      expect(printed).to.deep.equal([
        'GET http://shop.test/  (backends)',
        '  - a/shop, rule all: a/web:80 100 %',
        '  + a/shop, rule all: a/web:81 100 %',
        'GET http://shop.test/below  (backends)',
        '  - a/shop, rule all: a/web:80 100 %',
        '  + a/shop, rule all: a/web:81 100 %',
        '2 of 4 requests would be treated in another way',
      ]);
      expect(code).to.equal(1);
      expect(server.requests.every(({ method, isWatch }) => method === 'GET' && !isWatch)).to.equal(true);
    } finally {
      await server.stop();
    }
  });

  for (const [title, args] of [
    ['one side', ['examples/loom.yaml']],
    ['a side that is not there', ['examples/loom.yaml', '/nowhere']],
    ['two sides beside a cluster', ['--cluster', 'a', 'b']],
    ['requests that are none', ['--requests', 'package.json', 'examples/loom.yaml', 'examples/loom.yaml']],
  ] as const) {
    it(`ends with 2 for ${title}`, async () => {
      const error: unknown = await diff.run(args).catch((failure: unknown) => failure);
      expect(error).to.be.instanceOf(UsageError);
    });
  }
});
