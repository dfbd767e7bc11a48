import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { apply, clear, conditions, createNamespace } from '../support/cluster-objects.ts';
import { type Operator, startOperator } from '../support/cluster-operator.ts';

interface Case {
  readonly name: string;
  readonly kind: string;
  readonly spec: object;
  /** As people write it: `spec.rules[0].name`. */
  readonly field: string;
  readonly message: string;
}

interface Table {
  readonly cases: readonly Case[];
  /** What the schema cannot say: the API server takes it, Loom refuses it in its status. */
  readonly conditions?: readonly Case[];
}

const ns = 'verdicts';
/** What the API server and Loom both say of a field that the schema does not have. */
const unknown = 'unknown field';
const files = globSync('test/golden/verdicts/*.yaml').toSorted();
const tables = files.map((file): Table => parse(readFileSync(file, 'utf8')));
const objectOf = ({ kind, spec }: Case, name: string) => ({
  apiVersion: 'loom.dev/v1alpha1',
  kind,
  metadata: { name, namespace: ns },
  spec,
});

describe('the verdicts', () => {
  let kube: Cluster;
  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
  });

  it('have cases of three kinds', () => expect(files).to.have.length.of.at.least(3));

  describe('of the real API server refuse', () => {
    for (const bad of tables.flatMap(({ cases }) => cases)) {
      it(`${bad.kind}: ${bad.name}`, async () => {
        const create = ['create', '--dry-run=server', '--validate=strict', '-f', '-'];
        const verdict = await kube.kubectl(create, JSON.stringify(objectOf(bad, 'case'))).catch(String);
        expect(verdict)
          .to.match(/^Error: /)
          .and.to.include(bad.field);
        // That answer names the field as well: a case would pass for ever whose field has left the schema.
        expect(verdict.includes(unknown), verdict).to.equal(bad.message === unknown);
      });
    }
  });

  describe('of an operator, in the status, refuse', () => {
    let operator: Operator;
    const bad = tables.flatMap((table) => table.conditions ?? []);
    before(async () => {
      operator = await startOperator(kube);
      await apply(kube, ...bad.map((one, i) => objectOf(one, `bad-${i}`)));
    });
    after(async () => {
      await clear(kube, ns);
      await operator?.stop();
    });

    for (const [i, { kind, name, field, message }] of bad.entries()) {
      it(`${kind}: ${name}`, async () => {
        const { Accepted } = await conditions(kube, ns, `${kind}/bad-${i}`, {
          Accepted: 'False',
          Programmed: 'False',
        });
        expect(Accepted?.reason).to.equal('Invalid');
        expect(Accepted?.message).to.include(field).and.to.include(message);
      });
    }
  });
});
