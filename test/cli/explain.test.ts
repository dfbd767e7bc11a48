import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { expect } from 'chai';
import { UsageError } from '../../src/cli/command.ts';
import { explain } from '../../src/cli/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { kubeconfigOf, KubeServer } from '../support/kube-server.ts';
import { startWorld } from '../support/world.ts';
import { loom, loomIn } from './program.ts';

const config = `
listeners:
  - { name: http, address: "127.0.0.1:8080", protocol: http }
  - { name: moved, address: "127.0.0.1:8081", protocol: http, redirect_to_https: 443 }
routes:
  - id: shop
    host: shop.test
    rules:
      - name: cart
        path: /cart/:id
        upstreams: { blue: 3, green: 1 }
        plugins: [mark]
        request_headers: { set: { x-from: loom } }
      - { name: rest, path: /*, headers: { x-beta: "1" }, upstream: green }
upstreams:
  - { name: blue, endpoints: ["127.0.0.1:3001", "127.0.0.1:3002"] }
  - { name: green, endpoints: [{ address: 127.0.0.1, port: 3003, weight: 5 }] }
plugins:
  - { name: mark, path: mark.wasm, phase: authn, priority: 7 }
`;

describe('loom explain', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-explain-'));
    writeFileSync(join(folder, 'loom.yaml'), config);
  });
  afterEach(() => {
    mock.restoreAll();
    rmSync(folder, { recursive: true });
  });

  it('tells a person what becomes of a request', async () => {
    const { code, stdout } = await loomIn(folder, ['explain', 'GET', 'http://shop.test/cart/7?x=1']);
    expect(stdout.split('\n')).to.deep.equal([
      'request   GET http://shop.test/cart/7?x=1',
      'listener  http, http on 127.0.0.1:8080',
      'route     shop, rule cart',
      'host      shop.test',
      'match     Pattern /cart/:id  (id=7)',
      'stages    1. plugin mark (Authn, priority 7)',
      '          2. requestHeaders',
      'upstream  blue, 75 %, Http, RoundRobin',
      '          127.0.0.1:3001',
      '          127.0.0.1:3002',
      'upstream  green, 25 %, Http, RoundRobin',
      '          127.0.0.1:3003, weight 5',
      'timeouts  request none, response 60000 ms',
      'not taken',
      '          shop, rule rest (shop.test, Prefix /, header x-beta Exact 1): header x-beta is not 1',
      '',
    ]);
    expect(code).to.equal(0);
  });

  for (const [title, args, expected, line] of [
    ['no rule takes', ['GET', 'http://blog.test/'], 1, 'answer    404 no-route'],
    ['is malformed', ['GET', 'http://shop.test/%'], 1, 'answer    400 bad-request'],
    ['a header decides', ['-H', 'X-Beta: 1', 'GET', 'http://shop.test/x'], 0, 'route     shop, rule rest'],
    [
      'names its host in a header',
      ['-H', 'Host: shop.test', 'GET', 'http://10.0.0.1/cart/1'],
      0,
      'rule cart',
    ],
    ['is sent to https', ['GET', 'http://shop.test:8081/cart'], 0, 'answer    308 to https://shop.test/cart'],
    ['comes where nothing listens', ['GET', 'https://shop.test/cart/1'], 0, 'listener  none for https'],
  ] as const) {
    it(`says what becomes of a request that ${title}`, async () => {
      const print = mock.method(console, 'log', () => undefined);
      const code = await explain.run(['-f', join(folder, 'loom.yaml'), ...args]);
      expect(print.mock.calls[0]?.arguments[0]).to.include(line);
      expect(code).to.equal(expected);
    });
  }

  for (const args of [
    ['GET'],
    ['-f', 'examples/loom.yaml', 'GET', 'shop.test'],
    ['GET', 'http://a/', 'more'],
    ['-H', 'x', 'GET', 'http://a/'],
    ['--cluster', '-f', 'x', 'GET', 'http://a/'],
  ]) {
    it(`does not take the arguments ${args.join(' ')}`, async () => {
      const refused = await explain.run(args).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(refused).to.be.instanceOf(UsageError);
    });
  }

  it('asks a running Loom, which knows the health of endpoints', async () => {
    const world = await startWorld(`
routes: [{ id: api, path: /*, upstream: u }]
upstreams: [{ name: u, endpoints: ["127.0.0.1:9"], health_check: { path: /, interval: 1s, unhealthy_threshold: 1 } }]
`);
    try {
      const ask = (url: string) => loom('explain', '--admin', world.admin, '--json', 'GET', url);
      const { code, stdout } = await ask('http://shop.test/cart');
      const told = JSON.parse(stdout) as Explanation;
      expect(code).to.equal(0);
      expect(told.taken).to.include({ route: 'api', rule: 'main', host: '*' });
      expect(told.taken?.backends[0]?.endpoints[0])
        .to.include({ address: '127.0.0.1', port: 9 })
        .and.have.property('healthy');
      const { code: wrong, stderr } = await ask('nonsense');
      expect(wrong).to.equal(1);
      expect(stderr).to.include('answers 400').and.include('is no URL');
    } finally {
      await world.stop('SIGKILL');
    }
  });

  it('reads a cluster once and writes nothing', async () => {
    const server = await new KubeServer().start();
    try {
      const kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, kubeconfigOf(server.url));
      const spec = {
        hosts: ['shop.test'],
        rules: [{ name: 'all', backends: [{ serviceRef: { name: 'web', port: 80 } }] }],
      };
      const metadata = { name: 'shop', namespace: 'a' };
      const own = { apiVersion: 'loom.dev/v1alpha1', kind: 'LoomRoute' };
      server.put('/apis/loom.dev/v1alpha1/loomroutes', { ...own, metadata, spec });
      server.put('/api/v1/services', {
        metadata: { name: 'web', namespace: 'a' },
        spec: { ports: [{ port: 80, appProtocol: 'kubernetes.io/h2c' }] },
      });
      server.put('/apis/discovery.k8s.io/v1/endpointslices', {
        metadata: { name: 'web-1', namespace: 'a', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.7'] }],
        ports: [{ port: 8000 }],
      });
      const args = ['explain', '--cluster', '--kubeconfig', kubeconfig, 'GET', 'http://shop.test/'];
      const { code, stdout, stderr } = await loom(...args);
      expect([code, stderr]).to.deep.equal([0, '']);
      expect(stdout).to.include('route     a/shop, rule all').and.include('a/web:80, 100 %, H2c');
      expect(stdout).to.include('10.0.0.7:8000');
      expect(server.requests.map(({ method }) => method)).to.not.include.members(['POST', 'PATCH', 'PUT']);
      expect(server.requests.some(({ isWatch }) => isWatch)).to.equal(false);
    } finally {
      await server.stop();
    }
  });
});
