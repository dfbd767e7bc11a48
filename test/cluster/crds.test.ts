import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';

describe('the CRDs on a real API server', () => {
  let kube: Cluster;
  before(async () => {
    kube = await cluster();
    await installCrds(kube);
  });

  it('are established', async () => {
    const names = ['loomroutes', 'loomupstreams', 'wasmplugins'].map((plural) => `crd/${plural}.loom.dev`);
    await kube.kubectl(['wait', '--for=condition=NamesAccepted', ...names, '--timeout=90s']);
    const { items }: { items: { status: { conditions: { type: string }[] } }[] } = JSON.parse(
      await kube.kubectl(['get', 'crd', '-o', 'json']),
    );
    const nonStructural = items
      .flatMap(({ status }) => status.conditions)
      .filter((c) => c.type === 'NonStructuralSchema');
    expect(nonStructural).to.deep.equal([]);
  });

  it('have a description for every field, for kubectl explain', async () => {
    for (const plural of ['loomroutes', 'loomupstreams', 'wasmplugins']) {
      const text = await kube.kubectl(['get', 'crd', `${plural}.loom.dev`, '-o', 'json']);
      const crd: { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } } = JSON.parse(text);
      const silent = crd.spec.versions.flatMap(({ schema }) => undescribed(schema.openAPIV3Schema, plural));
      expect(silent).to.deep.equal([`${plural}.metadata`]); // described by the API server itself
    }
    expect(await kube.kubectl(['explain', 'lr.spec.rules.matches.path.type'])).to.include(
      'Prefix compares whole segments',
    );
  });

  it('answer to their short names and to the category', async () => {
    for (const name of ['lr', 'lu', 'wp', 'loom']) {
      expect(await kube.kubectl(['get', name, '-A', '--no-headers'])).to.equal('');
    }
  });

  it('accept the examples', async () => {
    const files = globSync('examples/kubernetes/*.yaml');
    expect(files).to.not.deep.equal([]);
    const args = files.flatMap((file) => ['-f', file]);
    await kube.kubectl(['create', '--dry-run=server', '--validate=strict', ...args]);
  });

  const pages = globSync('docs/**/*.md').filter((page) => manifestsIn(page) !== '');
  for (const page of pages) {
    it(`accept the manifests of ${page}`, () =>
      kube.kubectl(['create', '--dry-run=server', '--validate=strict', '-f', '-'], manifestsIn(page)));
  }
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Paths of the properties below `schema` that have no description. */
function undescribed(schema: Schema, path: string): string[] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    ...(child.description ? [] : [`${path}.${name}`]),
    ...undescribed(child, `${path}.${name}`),
  ]);
  return schema.items ? [...children, ...undescribed(schema.items, `${path}[]`)] : children;
}

/** The manifests of Loom's own kinds in the code blocks and here-documents of a page, as one YAML stream. */
function manifestsIn(page: string): string {
  const blocks = readFileSync(page, 'utf8').matchAll(/^(?:```yaml|.*<<'EOF')\n([^]*?)^(?:```|EOF)$/gm);
  return [...blocks]
    .map(([, text = '']) => text)
    .filter((text) => /^apiVersion: loom\.dev/m.test(text))
    .join('---\n');
}
