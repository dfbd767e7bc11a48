import { configText } from '../sources/translate/plugin.ts';
import { FileError } from '../sources/file/content.ts';
import type { FileProblem } from '../sources/file/written.ts';
import { readExpectations } from './expectation.ts';
import { Fields, readText, type Read, type Tell } from './fields.ts';
import { scenarioOf, type Scenario } from './given.ts';
import type { Expectation } from './mismatch.ts';
import { makePlan, type Plan } from './plan.ts';
import { readSections } from './sections.ts';

export interface Step {
  readonly path: string;
  readonly scenario: Scenario;
  readonly expectations: readonly Expectation[];
}

/** Its steps go through the same instances, which nothing has gone through before. */
export interface TableTest {
  readonly name: string;
  readonly path: string;
  /** In place of that of the one plugin. */
  readonly config: string | undefined;
  /** Shared data that is there at the start. */
  readonly shared: readonly (readonly [string, string])[];
  /** The plugins must refuse to start with the configuration. */
  readonly refused: boolean;
  readonly steps: readonly Step[];
}

/** Sections of a loom.yaml, and `tests` of what they do. */
export interface Table {
  readonly plan: Plan;
  readonly tests: readonly TableTest[];
  /** Where in the file something is, and what it is called there. */
  readonly locate: (path: string) => FileProblem;
}

/** Rejects with a FileError when the table, or a module that it names, cannot be used. */
export async function readTable(file: string): Promise<Table> {
  const { sections, written } = readSections(file);
  const problems: FileProblem[] = [];
  const tell: Tell = (path, message) => problems.push(written.problem(path, message));
  const { tests: told, ...rest } = sections;
  const tests = new Fields({ tests: told }, '', tell).list('tests', readTest) ?? [];
  if (told === undefined) tell('/tests', 'is required');
  const single = Array.isArray(rest['plugins']) && rest['plugins'].length === 1;
  for (const { config, path } of tests) {
    if (config !== undefined && !single) tell(`${path}/config`, 'needs a table with one plugin');
  }
  if (problems.length > 0) throw new FileError(problems);
  const plan = await makePlan({ sections: rest, written });
  return { plan, tests, locate: (path) => written.problem(path, '') };
}

const readTest: Read<TableTest> = (value, path, tell) => {
  const fields = new Fields(value, path, tell);
  const name = fields.text('name');
  if (name === undefined) tell(`${path}/name`, 'is required');
  const config = fields.read('config', configText);
  const shared = fields.entries('shared', readText) ?? [];
  const refused = fields.boolean('refused') ?? false;
  const several = fields.list('steps', readStep);
  const steps = several ?? (refused ? [] : [stepOf(fields, path, tell)]);
  fields.end();
  return {
    name: name ?? '',
    path,
    config,
    shared: shared.map(([key, text]) => [key, text ?? ''] as const),
    refused,
    steps,
  };
};

const readStep: Read<Step> = (value, path, tell) => {
  const fields = new Fields(value, path, tell);
  const step = stepOf(fields, path, tell);
  fields.end();
  return step;
};

function stepOf(fields: Fields, path: string, tell: Tell): Step {
  const expectations = fields.read('expect', readExpectations);
  if (!expectations) tell(`${path}/expect`, 'is required');
  return { path, scenario: scenarioOf(fields, path, tell), expectations: expectations ?? [] };
}
