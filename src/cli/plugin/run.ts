import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Gateway } from '../../harness/gateway.ts';
import type { Outcome } from '../../harness/outcome.ts';
import { makePlan } from '../../harness/plan.ts';
import { madeSections, readSections, type ReadSections } from '../../harness/sections.ts';
import { outcomeJson } from '../../harness/seen.ts';
import { toScenario, type Scenario } from '../../harness/given.ts';
import { UsageError, type Command } from '../command.ts';
import {
  contentOf,
  oneRequest,
  optionsOfOne,
  requestOptions,
  type RequestValues,
} from './request-options.ts';
import { logLevel, logText } from './log-text.ts';

const options = {
  config: { type: 'string', short: 'c' },
  allow: { type: 'string' },
  ...requestOptions,
  log: { type: 'string', default: 'info' },
} as const;

export const run: Command = {
  usage: '[OPTION…] MODULE.wasm|CONFIG.yaml [MESSAGES.jsonl|-]',
  summary: 'Sends messages through plugins, without sockets, and prints what became of them as JSON lines.',
  details: `  One instance of each plugin sees all messages, in the code that serves traffic. CONFIG.yaml is a loom.yaml or a test
  table; its plugins form the chain, or its routes do. MESSAGES has one scenario a line, such as
    {"request": {"path": "/", "headers": {"accept": "text/html"}, "body": "…"}, "upstream": {"status": 200, "body": "…"}}
  and - is the standard input. Without MESSAGES the options make one request:

  -X, --method METHOD      GET, or POST with --data
      --path PATH          /
  -H, --header 'N: V'      a header; several times for several
  -d, --data TEXT|@FILE    the body
      --status N           what the upstream answers, 200
      --answer TEXT|@FILE  the body of that answer
      --answer-header 'N: V'
  -c, --config TEXT|@FILE  configuration of MODULE.wasm
      --allow A,B          capabilities of MODULE.wasm; without it all but calls
      --log LEVEL          what goes to the standard error: trace, debug, info, warn, error

  Exit code 1 when a plugin failed on any message.`,
  run: async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [what, messages, ...more] = positionals;
    if (what === undefined || more.length > 0)
      throw new UsageError('takes a module or a configuration, and a file of messages');
    const level = logLevel(values.log);
    const told = optionsOfOne(values);
    if (messages !== undefined && told.length > 0)
      throw new UsageError(
        `${told.map((name) => `--${name}`).join(', ')}: each line of ${messages} says that itself`,
      );
    const sections = what.endsWith('.wasm') ? await ofModule(what, values) : configuration(what, values);
    const plan = await makePlan(sections);
    const gateway = await Gateway.open(plan, level);
    try {
      for (const line of gateway.started) console.error(logText(line));
      for (const problem of gateway.problems) throw new Error(problem);
      let failed = false;
      for await (const scenario of messages === undefined ? one(values) : scenarios(messages)) {
        const outcome = await gateway.play(scenario);
        for (const line of outcome.logs) console.error(logText(line));
        await print(outcome);
        failed ||= isFailure(outcome);
      }
      return failed ? 1 : 0;
    } finally {
      await gateway.close();
      await plan.guard.close();
    }
  },
};

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

async function ofModule(path: string, { config, allow }: Values): Promise<ReadSections> {
  const plugin = {
    name: 'plugin',
    path: resolve(path),
    ...(config !== undefined && { config: (await contentOf(config)).toString() }),
    capabilities: { allow: allow === undefined ? ['all'] : allow.split(',').filter((name) => name !== '') },
  };
  return madeSections(path, { plugins: [plugin] });
}

/** Of a test table without its tests. */
function configuration(file: string, { config, allow }: Values): ReadSections {
  if (config !== undefined || allow !== undefined)
    throw new UsageError('--config and --allow are for a module; a configuration says it itself');
  const { sections, written } = readSections(file);
  const { tests: _, ...rest } = sections;
  return { sections: rest, written };
}

async function* one(values: RequestValues): AsyncGenerator<Scenario> {
  yield toScenario(await oneRequest(values), 'the options');
}

async function* scenarios(file: string): AsyncGenerator<Scenario> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    if (line.trim() !== '') yield toScenario(parse(line, `${file}:${number}`), `${file}:${number}`);
  }
}

function parse(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

/** Waits for a slow reader, so that a large file is not in memory as output. */
async function print(outcome: Outcome): Promise<void> {
  const { logs: _, ...rest } = outcomeJson(outcome);
  if (!process.stdout.write(`${JSON.stringify(rest)}\n`)) await once(process.stdout, 'drain');
}

const isFailure = ({ plugins }: Outcome): boolean => Object.values(plugins).includes('failed');
