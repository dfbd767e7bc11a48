import { expect } from 'chai';
import { resolve } from 'node:path';
import { validate } from '../../../src/model/validate.ts';
import { keyOf } from '../../../src/sources/objects.ts';
import type { Content } from '../../../src/sources/file/content.ts';
import { readContent } from '../../../src/sources/file/read.ts';
import { problemsOf } from '../../../src/sources/file/told.ts';

const keys = ({ entries }: Content): string[] =>
  entries.map(({ kind, object }) => `${kind}:${keyOf(object)}`);

/** As examples/loom.yaml begins: not read from there, for people edit it while they try the demo. */
const example = `listeners:
  - { name: http, address: ":8080", protocol: http }
routes:
  - id: api
    path: /api/*
    methods: [GET, POST, PUT, DELETE]
    upstream: backend
    plugins: [rate-limit]
    timeout: 30s
upstreams:
  - name: backend
    endpoints: ["localhost:3000"]
    load_balancer: round_robin        # weighted, least_conn, random, …
    health_check: { path: /health, interval: 10s, timeout: 2s, healthy_threshold: 2, unhealthy_threshold: 3 }
    circuit_breaker: { failure_threshold: 5, success_threshold: 3, timeout: 30s }
plugins:
  - { name: rate-limit, path: ./rate-limit.wasm, phase: on_request_headers, priority: 100 }
admin: { address: ":9091", enabled: true }
metrics: { prometheus: { enabled: true, path: /metrics } }
`;

describe('reading files', () => {
  it('understands the example of the demo as it stands', () => {
    const file = resolve('examples/loom.yaml');
    const { entries, settings, problems, modules } = readContent(file, example, true);
    expect(problems).to.deep.equal([]);
    expect(entries.flatMap(problemsOf)).to.deep.equal([]);
    expect(keys({ entries, problems, modules, parts: [], missing: [] })).to.deep.equal([
      'LoomRoute:api',
      'LoomUpstream:backend',
      'WasmPlugin:rate-limit',
    ]);
    expect(modules).to.deep.equal([resolve('examples/rate-limit.wasm')]);
    expect(settings?.admin).to.deep.equal({ enabled: true, host: '', port: 9091 });
    const route = entries[0]?.object;
    const result = route && validate('LoomRoute', route);
    expect(result && 'spec' in result && result.spec).to.deep.equal({
      rules: [
        {
          name: 'main',
          matches: [{ path: { type: 'Prefix', value: '/api' }, methods: ['GET', 'POST', 'PUT', 'DELETE'] }],
          backends: [{ upstreamRef: { name: 'backend' }, weight: 1 }],
          plugins: [{ name: 'rate-limit' }],
          priority: 'Normal',
          timeouts: { request: '30s' },
        },
      ],
    });
  });

  it('takes documents, lists and kinds that it knows, and passes over the rest', () => {
    const text = `
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Service, metadata: { name: s } }
  - { apiVersion: apps/v1, kind: Deployment, metadata: { name: d } }
---
# nothing here
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: plain, namespace: n } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: wasm, namespace: n, labels: { loom.dev/wasm: "true" } } }
---
{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: { name: e } }
---
{ apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: { name: g }, spec: { from: [], to: [] } }
`;
    const content = readContent('all.yaml', text, false);
    expect(content.problems).to.deep.equal([]);
    expect(keys(content)).to.deep.equal([
      'Service:default/s',
      'ConfigMap:n/wasm',
      'EndpointSlice:default/e',
      'ReferenceGrant:default/g',
    ]);
  });

  it('does what the API server does with stringData', () => {
    const text =
      'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\ndata: { a: QQ== }\nstringData: { b: B }\n';
    expect(readContent('s.yaml', text, false).entries[0]?.object).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name: 's' },
      data: { a: 'QQ==', b: 'Qg==' },
    });
  });

  it('reads one manifest of a plugin with its file beside it', () => {
    const text =
      'apiVersion: loom.dev/v1alpha1\nkind: WasmPlugin\nmetadata: { name: p }\nspec: { source: { file: { path: p.wasm } } }\n';
    const { entries, modules } = readContent('/etc/loom/p.yaml', text, true);
    expect(modules).to.deep.equal(['/etc/loom/p.wasm']);
    expect(entries[0]?.object).to.have.nested.property('spec.source.file.path', '/etc/loom/p.wasm');
  });

  it('leaves the rest of a file in force when one document is no manifest', () => {
    const text = 'kind: LoomRoute\n---\napiVersion: v1\nkind: Service\nmetadata: { name: s }\n';
    const content = readContent('mixed.yaml', text, false);
    expect(keys(content)).to.deep.equal(['Service:default/s']);
    expect(content.problems).to.deep.equal([
      { location: 'mixed.yaml:1:1', field: '', message: 'is not a manifest: apiVersion and kind are needed' },
    ]);
  });

  const refused: readonly [string, string, string, string][] = [
    [
      'an unknown kind of ours',
      '{ apiVersion: loom.dev/v1alpha1, kind: LoomGate, metadata: { name: a } }',
      'kind',
      'no kind LoomGate',
    ],
    [
      'another version of ours',
      '{ apiVersion: loom.dev/v2, kind: LoomRoute, metadata: { name: a } }',
      'kind',
      'loom.dev/v2',
    ],
    ['no name', '{ apiVersion: v1, kind: Service, metadata: {} }', 'metadata.name', 'is required'],
    [
      'a name in upper case',
      '{ apiVersion: v1, kind: Service, metadata: { name: A } }',
      'metadata.name',
      'lower-case',
    ],
  ];
  for (const [name, text, field, message] of refused) {
    it(`names a manifest with ${name}`, () => {
      const { problems, entries } = readContent('m.yaml', text, true);
      expect(entries).to.deep.equal([]);
      expect(problems[0]?.field).to.equal(field);
      expect(problems[0]?.message).to.include(message);
    });
  }

  it('finds places behind anchors, in lists and in maps', () => {
    const text = `routes:
  - &one
    name: a
    path: /a
    upstream: u
    timeout: &t 30
  - { <<: *one, name: b }
`;
    const { entries } = readContent('loom.yaml', text, true);
    expect(entries[0] && problemsOf(entries[0])).to.deep.equal([
      { location: 'loom.yaml:6:5', field: 'routes[0].timeout', message: 'must be a text' },
    ]);
    expect(entries[1] && problemsOf(entries[1])[0]).to.include({
      location: 'loom.yaml:7:5',
      field: 'routes[1].timeout',
    });
  });

  it('says where a field that is missing should be', () => {
    const text = 'upstreams:\n  - name: a\n    endpoints:\n      - localhost:1\n      - address: b\n';
    const { entries } = readContent('loom.yaml', text, true);
    expect(entries[0] && problemsOf(entries[0])).to.deep.equal([
      { location: 'loom.yaml:5:9', field: 'upstreams[0].endpoints[1].port', message: 'is required' },
    ]);
  });
});
