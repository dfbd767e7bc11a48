import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { settingsOf } from './settings-of.ts';
import { render } from './render.ts';

/** `npm run test:chart -- --write test/chart/golden.test.ts` writes the outputs anew; the review is the difference. */
const write = process.argv.includes('--write');

describe('the chart', () => {
  for (const values of globSync('charts/loom/ci/*-values.yaml').toSorted()) {
    const name = basename(values, '-values.yaml');

    describe(`with the values "${name}"`, () => {
      let rendered: string;
      before(async () => void (rendered = await render(values)));

      it('renders what the golden file has', () => {
        const golden = `test/chart/golden/${name}.yaml`;
        if (write) writeFileSync(golden, rendered);
        expect(rendered).to.equal(readFileSync(golden, 'utf8'));
      });

      it('renders settings that Loom reads', () => expect(() => settingsOf(rendered)).not.to.throw());

      it('makes nothing twice', () => {
        const objects = parseAllDocuments(rendered).map((document) => document.toJS());
        const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
        expect(names).to.deep.equal([...new Set(names)]);
      });
    });
  }

  it('knows the kinds of source that a plugin can have', () => {
    const schema = JSON.parse(readFileSync('charts/loom/values.schema.json', 'utf8'));
    const [version] = parse(readFileSync('crds/wasmplugins.yaml', 'utf8')).spec.versions;
    const { source } = version.schema.openAPIV3Schema.properties.spec.properties;
    expect(schema.properties.admission.properties.sources.items.enum).to.have.members(
      Object.keys(source.properties),
    );
  });

  it('has a schema for each of its values, and a default for each that the schema has at the top', () => {
    const schema: Schema = JSON.parse(readFileSync('charts/loom/values.schema.json', 'utf8'));
    const values: object = parse(readFileSync('charts/loom/values.yaml', 'utf8'));
    expect(untyped(schema, values, '')).to.deep.equal([]);
    // `global` is Helm's own, for charts that have this one within.
    expect(Object.keys(schema.properties ?? {})).to.have.members(['global', ...Object.keys(values)]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Paths of values of which the schema does not know. What it leaves open it knows. */
function untyped({ properties }: Schema, values: unknown, path: string): string[] {
  if (!properties || values === null || typeof values !== 'object') return [];
  return Object.entries(values).flatMap(([name, value]) => {
    const schema = properties[name];
    return schema ? untyped(schema, value, `${path}${name}.`) : [`${path}${name}`];
  });
}
