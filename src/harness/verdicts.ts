import { Gateway } from './gateway.ts';
import type { Outcome } from './outcome.ts';
import type { LogLine } from './log-lines.ts';
import { mismatch } from './mismatch.ts';
import type { Plan } from './plan.ts';
import type { Step, Table, TableTest } from './table.ts';

interface Failure {
  /** JSON pointer into the table. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** What became of one test; it passed when there is no failure. */
export interface TestVerdict {
  readonly test: TableTest;
  readonly failures: readonly Failure[];
  readonly logs: readonly LogLine[];
}

/** Plays the tests of a table one after the other, each against instances of its own. */
export async function* playTable({ plan, tests }: Table, logLevel: string): AsyncGenerator<TestVerdict> {
  for (const test of tests) yield await playTest(plan, test, logLevel);
}

async function playTest(plan: Plan, test: TableTest, logLevel: string): Promise<TestVerdict> {
  const gateway = await Gateway.open(withConfig(plan, test.config), logLevel, test.shared);
  try {
    const logs = [...gateway.started];
    const failures = [...startFailures(gateway, test)];
    if (gateway.problems.length > 0) return { test, failures, logs };
    for (const step of test.steps) {
      const outcome = await gateway.play(step.scenario);
      logs.push(...outcome.logs);
      failures.push(...unasked(step, outcome));
      for (const expectation of step.expectations) {
        const found = mismatch(expectation, outcome, gateway);
        if (found) failures.push({ path: expectation.path, ...found });
      }
    }
    return { test, failures, logs };
  } finally {
    await gateway.close();
  }
}

function withConfig(plan: Plan, config: string | undefined): Plan {
  if (config === undefined) return plan;
  return { ...plan, plugins: new Map([...plan.plugins].map(([id, plugin]) => [id, { ...plugin, config }])) };
}

function startFailures({ problems }: Gateway, { path, refused }: TableTest): readonly Failure[] {
  const got = problems.length === 0 ? 'all plugins start' : problems.join('; ');
  if (refused === problems.length > 0) return [];
  return refused
    ? [{ path: `${path}/refused`, expected: 'a plugin that refuses to start', got }]
    : [{ path, expected: 'all plugins start', got }];
}

/** What no test means to happen unless it says so: a plugin that fails, a call that the test knows nothing of. */
function unasked({ path, expectations }: Step, { plugins, detail, calls }: Outcome): readonly Failure[] {
  const asks = (field: string): boolean =>
    expectations.some((expectation) => expectation.path.startsWith(`${path}/expect/${field}`));
  const failures: Failure[] = [];
  const failed = Object.keys(plugins).filter((id) => plugins[id] === 'failed');
  if (failed.length > 0 && !asks('error') && !asks('plugins')) {
    failures.push({
      path,
      expected: 'no plugin fails',
      got: detail === '' ? `${failed.join(', ')} failed` : detail,
    });
  }
  for (const { to, answered } of asks('calls') ? [] : calls) {
    if (!answered) failures.push({ path, expected: 'only calls that are answered', got: `a call to ${to}` });
  }
  return failures;
}
