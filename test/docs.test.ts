import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { adminEndpoints } from '../src/admin/endpoints.ts';
import type { AccessLogSettings } from '../src/model/access-log.ts';
import type { Command } from '../src/cli/command.ts';
import { commands } from '../src/cli/registry.ts';
import { errors } from '../src/errors.ts';
import { defaultSettings } from '../src/sources/file/settings.ts';
import { AccessLog } from '../src/telemetry/access-log/access-log.ts';
import { ControlMetrics } from '../src/telemetry/control-metrics.ts';
import { pluginSeries } from '../src/telemetry/plugin-series.ts';
import { overloadSeries } from '../src/telemetry/overload-series.ts';
import { poolSeries } from '../src/telemetry/pool-series.ts';
import { RequestMetrics } from '../src/telemetry/request-metrics.ts';
import { spanCounter } from '../src/telemetry/tracing/span-queue.ts';
import { connectionSeries } from '../src/telemetry/connection-series.ts';
import { http3Series } from '../src/telemetry/http3-series.ts';

const read = (file: string): string => readFileSync(file, 'utf8');
/** First cells of the rows of all tables, the words in backquotes. */
const firstCells = (text: string): string[] =>
  [...text.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ''),
  );
/** What `--help` says of a command and those below it, by their names. */
const helpsOf = (of: Readonly<Record<string, Command>>, before = ''): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(of).flatMap(([name, { usage, details = '', commands: below = {} }]) => [
      [`${before}${name}`, `${usage}\n${details}`],
      ...helpsOf(below, `${before}${name} `),
    ]),
  );

describe('docs', () => {
  it('errors.md has every code with its status and side, and no other', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `([^`]+)` \| (\d+) \| (\w+) \|/gm)].map(
      ([, ...cells]) => cells,
    );
    expect(rows).to.deep.equal(
      Object.entries(errors).map(([code, { status, side }]) => [code, String(status), side]),
    );
  });

  it('metrics.md has every metric, and no other', async () => {
    const control = (await new ControlMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
    const { accessLog: settings } = defaultSettings();
    const silent = { info: () => undefined, warn: () => undefined };
    const accessLog = new AccessLog(settings as AccessLogSettings, silent);
    const worker = [
      ...new RequestMetrics().toJson(),
      ...pluginSeries(new Map()),
      ...connectionSeries([]),
      ...http3Series([]),
      ...poolSeries([]),
      ...overloadSeries(undefined),
      ...accessLog.toJson(),
      spanCounter().toJson(),
    ].map(({ name }) => name);
    const all = [...control, ...worker];
    expect(
      all.filter((name, i) => all.indexOf(name) < i),
      'names of two metrics',
    ).to.deep.equal([]);
    expect(firstCells(read('docs/metrics.md'))).to.have.members(all);
  });

  it('logs.md names messages that the code has', () => {
    const code = globSync('src/**/*.ts').map(read).join('\n');
    const [, messages = ''] = read('docs/logs.md').split('## Messages');
    const named = [...messages.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ''),
    );
    expect(named).to.have.length.above(20);
    for (const message of named.slice(1)) expect(code).to.include(`'${message}'`);
  });

  it('admin-api.yaml has every operation, and no other', () => {
    const { paths } = parse(read('docs/admin-api.yaml')) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((key) => key !== 'parameters')
        .map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/, '*')}`),
    );
    const built = [...adminEndpoints.map(({ method, path }) => `${method} ${path}`), 'GET /metrics'];
    expect(documented).to.have.members(built);
  });

  it('cli.md has every command, and no other', () => {
    const documented = [...read('docs/cli.md').matchAll(/^## loom (\w+)/gm)].map(([, name]) => name);
    expect(documented).to.have.members(Object.keys(commands));
  });

  const named = (text: string): string[] => [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]*/g))];
  const helps = helpsOf(commands);
  for (const [name, help] of helps) {
    it(`cli.md names each option of the help of loom ${name}, and no other`, () => {
      const [, section = ''] = read('docs/cli.md').split(new RegExp(`^#{2,3} loom ${name}$`, 'm'));
      const [own = ''] = section.split(/^##/m);
      expect(named(own)).to.have.members(named(help));
    });
  }

  it('the help names each option that src/cli accepts', () => {
    const code = globSync('src/cli/**/*.ts').map(read).join('\n');
    const accepted = [...code.matchAll(/([a-z-]+)'?: \{ type: '(?:string|boolean)'/g)].map(
      (m) => `--${m[1]}`,
    );
    expect(accepted).to.have.length.above(40);
    expect(named([...helps.values()].join('\n'))).to.include.members(accepted);
  });

  for (const file of globSync('{*,docs/**/*,examples/**/*,plugins/**/*,charts/**/*}.md', {
    exclude: ['**/node_modules/**'],
  })) {
    it(`${file} has no broken link`, () => {
      for (const [, target = ''] of read(file).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(join(dirname(file), target)), target).to.equal(true);
      }
    });
  }

  it('every decision has a number of its own', () => {
    const numbers = globSync('docs/decisions/*.md').map((file) =>
      file.slice('docs/decisions/'.length, 'docs/decisions/'.length + 4),
    );
    expect(new Set(numbers).size).to.equal(numbers.length);
  });
});
