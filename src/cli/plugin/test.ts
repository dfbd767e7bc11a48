import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readTable, type Table } from '../../harness/table.ts';
import { playTable, type TestVerdict } from '../../harness/verdicts.ts';
import type { Command } from '../command.ts';
import { logLevel, logText } from './log-text.ts';

const options = { log: { type: 'string', default: 'info' } } as const;

export const test: Command = {
  usage: '[--log LEVEL] [FILE|DIR…]',
  summary: 'Runs table tests: what is sent, what the upstream answers, and what is expected of both sides.',
  details: `  Files are YAML; of a folder (the present one without arguments) all that end in .test.yaml. They have the sections of
  a loom.yaml and tests:
    plugins: [{ name: hello, path: build/hello.wasm }]
    tests:
      - name: greets
        request: { path: / }
        upstream: { status: 200 }
        expect: { response: { headers: { x-hello: world } } }

      --log LEVEL   the log that is shown of tests that fail: trace, debug, info, warn, error

  Exit code 1 when a test fails, or there is none.`,
  run: async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const level = logLevel(values.log);
    const files = filesOf(positionals.length > 0 ? positionals : ['.']);
    if (files.length === 0) throw new Error('there is no file that ends in .test.yaml');
    let passed = 0;
    let failed = 0;
    for (const file of files) {
      console.log(file);
      const table = await readTable(file);
      try {
        for await (const verdict of playTable(table, level)) {
          if (verdict.failures.length === 0) passed++;
          else failed++;
          console.log(report(table, verdict));
        }
      } finally {
        await table.plan.guard.close();
      }
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 && passed > 0 ? 0 : 1;
  },
};

const filesOf = (paths: readonly string[]): readonly string[] =>
  paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? globSync('**/*.test.{yaml,yml}', { cwd: path, exclude: ['**/node_modules', '**/target'] })
          .toSorted()
          .map((name) => join(path, name))
      : path,
  );

function report({ locate }: Table, { test: { name }, failures, logs }: TestVerdict): string {
  if (failures.length === 0) return `  ok    ${name}`;
  const lines = failures.flatMap(({ path, expected, got }) => {
    const { location, field } = locate(path);
    return [`        ${location}: ${field}`, `          expected  ${expected}`, `          got       ${got}`];
  });
  const said = logs.map((line) => `          ${logText(line).replaceAll('\n', '\n          ')}`);
  return [`  FAIL  ${name}`, ...lines, ...(said.length > 0 ? ['        log', ...said] : [])].join('\n');
}
