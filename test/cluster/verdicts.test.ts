import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly spec: unknown;
  /** As people write it: `spec.rules[0].name`. */
  readonly field: string;
  /** Only Loom refuses it: the schema cannot say why. */
  readonly local?: boolean;
}

const files = globSync('test/golden/verdicts/*.yaml').toSorted();

describe('the verdicts of the real API server', () => {
  let kube: Cluster;
  before(async () => {
    kube = await cluster();
    await installCrds(kube);
  });

  it('have cases', () => expect(files).to.not.deep.equal([]));

  for (const file of files) {
    const cases: readonly Case[] = parse(readFileSync(file, 'utf8'));
    for (const { name, kind, spec, field, local } of cases) {
      it(`${local ? 'leave to Loom' : 'refuse'} ${name}`, async () => {
        const object = {
          apiVersion: 'loom.dev/v1alpha1',
          kind,
          metadata: { name: 'case', namespace: 'default' },
          spec,
        };
        const create = ['create', '--dry-run=server', '--validate=strict', '-f', '-'];
        const verdict = await kube.kubectl(create, JSON.stringify(object)).catch(String);
        if (local) expect(verdict).to.match(/\/case created/);
        else
          expect(verdict)
            .to.match(/^Error: /)
            .and.to.include(field);
      });
    }
  }
});
