import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { LoomKind } from '../../src/model/schema.ts';
import { isRecord } from '../../src/model/schema.ts';
import { readContent } from '../../src/sources/file/read.ts';
import { problemsOf } from '../../src/sources/file/told.ts';
import type { FileProblem } from '../../src/sources/file/written.ts';

/** One bad object; the cluster lane gives the same files to a real API server. */
interface Verdict {
  readonly name: string;
  readonly kind: LoomKind;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly field: string;
  readonly message: string;
  /** Only Loom itself refuses it. */
  readonly local?: boolean;
  /** The same said as an entry of loom.yaml; absent: the spec in snake_case; false: loom.yaml cannot say it. */
  readonly loom?: Readonly<Record<string, unknown>> | false;
  readonly loomField?: string;
}

interface Table {
  readonly cases: readonly Verdict[];
  /** Those with `local`: the API server lets them pass. */
  readonly conditions?: readonly Verdict[];
}

const sections = { LoomRoute: 'routes', LoomUpstream: 'upstreams', WasmPlugin: 'plugins' } as const;
const snake = (name: string): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snake(key), snakeKeys(inner)]));
}

function problemsIn(file: string, text: string): readonly FileProblem[] {
  const { entries, problems } = readContent(file, text, true);
  return [...problems, ...entries.flatMap(problemsOf)];
}

const files = globSync('test/golden/verdicts/*.yaml').toSorted();
const verdicts = files.flatMap((file) => {
  const { cases, conditions = [] } = parse(readFileSync(file, 'utf8')) as Table;
  return [...cases, ...conditions];
});

describe('verdicts on bad objects', () => {
  it('cover the three kinds with at least sixty cases', () => {
    expect(verdicts.length).to.be.at.least(60);
    expect(new Set(verdicts.map((v) => v.kind)).size).to.equal(3);
  });

  for (const { name, kind, spec, field, message, loom, loomField } of verdicts) {
    it(`${kind} manifest: ${name}`, () => {
      const manifest = { apiVersion: 'loom.dev/v1alpha1', kind, metadata: { name: 'bad' }, spec };
      const problems = problemsIn('bad.yaml', stringify(manifest));
      expect(problems.map((p) => p.field)).to.include(field);
      expect(problems.find((p) => p.field === field)?.message).to.include(message);
    });

    if (loom === false) continue;
    it(`${kind} in loom.yaml: ${name}`, () => {
      const entry = snakeKeys(loom ?? spec) as Record<string, unknown>;
      const problems = problemsIn('loom.yaml', stringify({ [sections[kind]]: [{ name: 'bad', ...entry }] }));
      const wanted = snake(loomField ?? field.replace('spec', `${sections[kind]}[0]`));
      expect(problems.map((p) => p.field)).to.include(wanted);
      expect(problems.find((p) => p.field === wanted)?.message).to.include(message);
    });
  }
});
