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
  readonly message: string;
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
    const { cases }: { cases: readonly Case[] } = parse(readFileSync(file, 'utf8'));
    for (const { name, kind, spec, field } of cases) {
      it(`refuse ${kind}: ${name}`, async () => {
        const object = {
          apiVersion: 'loom.dev/v1alpha1',
          kind,
          metadata: { name: 'case', namespace: 'default' },
          spec,
        };
        const apply = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'];
        const verdict = await kube.kubectl(apply, JSON.stringify(object)).then(
          () => 'accepted',
          (error: unknown) => String(error),
        );
        expect(verdict).to.not.equal('accepted');
        expect(verdict).to.include(field);
      });
    }
  }
});
