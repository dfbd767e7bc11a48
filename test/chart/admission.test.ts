import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAllDocuments, stringify } from 'yaml';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { apply, loom } from '../support/cluster-objects.ts';
import { until } from '../support/cluster-wait.ts';
import { render } from './render.ts';

const digest = `sha256:${'0f'.repeat(32)}`;
const oci = (image: string, more: object = {}) => ({ source: { oci: { image } }, ...more });
const http = (url: string, more: object = {}) => ({
  source: { http: { url } },
  sha256: '0f'.repeat(32),
  ...more,
});
const pinned = oci(`registry.example.com/plugins/auth@${digest}`);
const allow = (...families: string[]) => ({ ...pinned, capabilities: { allow: families } });
const key = { name: 'a', key: 'b' };

/** Name, namespace, spec, and the beginning of the message; none where the plugin is taken. */
const cases: readonly (readonly [string, string, object, RegExp?])[] = [
  ['an image of a registry of the list, by digest', 'shop', pinned],
  ['the same with its scheme', 'shop', oci(`oci://registry.example.com/plugins/auth:1.2@${digest}`)],
  ['a host below one of the list', 'shop', oci(`eu.example.org/auth@${digest}`)],
  [
    'a tag whose content is pinned',
    'shop',
    oci('registry.example.com/plugins/auth:1.2', { sha256: '0f'.repeat(32) }),
  ],
  ['a module of a ConfigMap', 'shop', { source: { configMapRef: key } }],
  ['a module of several ConfigMaps', 'shop', { source: { configMapChunks: [key] } }],
  ['a module of a file', 'shop', { source: { file: { path: '/plugins/a.wasm' } } }],
  ['a URL of the list', 'shop', http('https://eu.example.org/auth.wasm')],
  ['families of the list', 'shop', allow('RequestBody', 'ResponseBody')],
  ['all families where that is allowed', 'payments', allow('All')],
  ['an image where images and URLs are allowed', 'strict', pinned],
  ['a URL where images and URLs are allowed', 'strict', http('https://eu.example.org/auth.wasm')],

  [
    'a tag',
    'shop',
    oci('registry.example.com/plugins/auth:1.2'),
    /spec\.source\.oci\.image: must name the image by digest/,
  ],
  [
    'a URL without a hash',
    'shop',
    { source: { http: { url: 'https://eu.example.org/a.wasm' } } },
    /spec\.sha256: must be set/,
  ],
  [
    'another registry',
    'shop',
    oci(`evil.test/plugins/auth@${digest}`),
    /plugins may not come from evil\.test; allowed are registry/,
  ],
  [
    'another path of the registry',
    'shop',
    oci(`registry.example.com/other/auth@${digest}`),
    /may not come from registry\.example\.com/,
  ],
  [
    'a path that begins alike',
    'shop',
    oci(`registry.example.com/plugins2/auth@${digest}`),
    /may not come from/,
  ],
  [
    'a host that begins alike',
    'shop',
    oci(`registry.example.com.evil.test/plugins/auth@${digest}`),
    /may not come from/,
  ],
  ['a host that ends alike', 'shop', oci(`evilexample.org/auth@${digest}`), /may not come from/],
  ['another port', 'shop', oci(`registry.example.com:5000/plugins/auth@${digest}`), /may not come from/],
  [
    'a user that looks like a host',
    'shop',
    http('https://eu.example.org@evil.test/a.wasm'),
    /may not come from/,
  ],
  [
    'a fragment that looks like a host',
    'shop',
    http('https://evil.test#.example.org/a.wasm'),
    /may not come from/,
  ],
  [
    'a backslash that browsers take for a slash',
    'shop',
    http('https://evil.test\\.example.org/a.wasm'),
    /may not come from/,
  ],
  [
    'a path that leaves the allowed one',
    'shop',
    http('https://registry.example.com/plugins/../other/a.wasm'),
    /may not come from/,
  ],
  [
    'the same in code',
    'shop',
    http('https://registry.example.com/plugins/%2E%2e/other/a.wasm'),
    /may not come from/,
  ],
  [
    'a family that is not of the list',
    'shop',
    allow('RequestBody', 'Redis'),
    /spec\.capabilities\.allow: Redis may not be given to plugins of the namespace shop; allowed there: RequestBody, ResponseBody/,
  ],
  ['all families', 'shop', allow('All'), /spec\.capabilities\.allow: All may not be given/],
  ['any family where none is allowed', 'sandbox', allow('RequestBody'), /allowed there: none/],
  [
    'a ConfigMap where images and URLs are allowed',
    'strict',
    { source: { configMapRef: key } },
    /spec\.source: plugins may have no other source than oci, http/,
  ],
  ['ConfigMaps there', 'strict', { source: { configMapChunks: [key] } }, /no other source/],
  ['a file there', 'strict', { source: { file: { path: '/plugins/a.wasm' } } }, /no other source/],
];

describe('the rules for plugins that the API server holds', () => {
  let kube: Cluster;
  let folder: string;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    const names = ['shop', 'payments', 'sandbox', 'strict'];
    await apply(kube, ...names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
    folder = mkdtempSync(join(tmpdir(), 'loom-admission-'));
    const admission = {
      enabled: true,
      registries: ['registry.example.com/plugins', '*.example.org'],
      namespaceCapabilities: { payments: ['All'], sandbox: [] },
    };
    const everywhere = await rulesOf('loom-system', { admission });
    // Of a release that watches one namespace, and has no say in others.
    const sources = { enabled: true, sources: ['oci', 'http'] };
    const there = await rulesOf('strict', { admission: sources, watchNamespaces: ['strict'] });
    // A plugin from before the rules.
    await apply(kube, loom('WasmPlugin', 'shop', 'old', oci('evil.test/old:1')));
    await apply(kube, ...everywhere, ...there);
    // The API server takes up new policies after a moment.
    const refused = { shop: oci('evil.test/a:1'), strict: { source: { configMapRef: key } } };
    for (const [namespace, spec] of Object.entries(refused))
      await until('the policy', async () => ((await verdict(namespace, spec)) ? true : undefined), 60);
  });
  after(async () => {
    await kube?.kubectl([
      'delete',
      'validatingadmissionpolicy,validatingadmissionpolicybinding',
      '--all',
      '--ignore-not-found',
    ]);
    await kube?.kubectl(['delete', 'wasmplugins', '--all', '-n', 'shop']);
    rmSync(folder, { recursive: true });
  });

  /** The policy and its binding, of a release in `namespace`. */
  const rulesOf = async (namespace: string, values: object): Promise<object[]> => {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    const rendered = await render(file, '--namespace', namespace);
    const objects = parseAllDocuments(rendered).map((document) => document.toJS());
    const rules = objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
    expect(rules).to.have.length(2);
    return rules;
  };
  /** What the API server says of a plugin; empty when it takes it. */
  const verdict = async (namespace: string, spec: object): Promise<string> => {
    const object = JSON.stringify(loom('WasmPlugin', namespace, 'case', spec));
    return kube.kubectl(['create', '--dry-run=server', '-f', '-'], object).then(() => '', String);
  };

  for (const [name, namespace, spec, message] of cases) {
    it(`${message ? 'refuse' : 'take'} ${name}`, async () => {
      const said = await verdict(namespace, spec);
      if (message) expect(said).to.match(message);
      else expect(said).to.equal('');
    });
  }

  it('let a plugin from before be labelled and deleted, but not changed', async () => {
    await kube.kubectl(['label', 'wasmplugin/old', '-n', 'shop', 'seen=true']);
    const patch = JSON.stringify({ spec: { priority: 7 } });
    const change = kube.kubectl(['patch', 'wasmplugin/old', '-n', 'shop', '--type=merge', '-p', patch]);
    expect(await change.catch(String)).to.match(/may not come from evil\.test/);
    await kube.kubectl(['delete', 'wasmplugin/old', '-n', 'shop']);
  });
});
