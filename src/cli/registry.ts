import { UsageError, type Command } from './command.ts';
import { debug } from './debug.ts';
import { diff } from './diff.ts';
import { explain } from './explain.ts';
import { operator } from './operator.ts';
import { plugin } from './plugin.ts';
import { programName } from './program.ts';
import { serve } from './serve.ts';
import { validate } from './validate.ts';
import { version } from './version.ts';

const help: Command = {
  usage: '[COMMAND…]',
  summary: 'Lists the commands, or says how one is called.',
  run: async (words) => {
    if (words.length > 0) {
      const found = find(words);
      if (!found || found.rest.length > 0) {
        throw new UsageError(
          `there is no command ${JSON.stringify(words.join(' '))}; ${programName} help lists them`,
        );
      }
      console.log(usageOf(found.name, found.command));
      return 0;
    }
    const lines = Object.entries(commands).map(([name, command]) => summaryOf(name, command));
    console.log(`Loom, an ingress controller and API gateway with WASM plugins\n\n${lines.join('\n')}`);
    return 0;
  },
};

interface Found {
  /** Such as `plugin test`. */
  readonly name: string;
  readonly command: Command;
  readonly rest: readonly string[];
}

/** The command that words begin with; undefined when the first is none. */
export function find(words: readonly string[]): Found | undefined {
  let within: Readonly<Record<string, Command>> | undefined = commands;
  let found: Found | undefined;
  for (const [i, word] of words.entries()) {
    if (!within || !Object.hasOwn(within, word)) break;
    const command = within[word] as Command;
    found = { name: words.slice(0, i + 1).join(' '), command, rest: words.slice(i + 1) };
    within = command.commands;
  }
  return found;
}

const summaryOf = (name: string, { usage, summary }: Command): string =>
  `${`  ${programName} ${name} ${usage}`.trimEnd()}\n      ${summary}`;

/** How a command is called and what it does, as `loom help COMMAND` and `loom COMMAND --help` say it. */
export function usageOf(name: string, command: Command): string {
  const below = Object.entries(command.commands ?? {}).map(([sub, c]) => summaryOf(`${name} ${sub}`, c));
  const details = command.details ? ['', command.details] : [];
  return [summaryOf(name, command), ...(below.length > 0 ? ['', ...below] : []), ...details].join('\n');
}

/** Every command of the loom program, by its name. */
export const commands: Readonly<Record<string, Command>> = {
  serve,
  operator,
  plugin,
  explain,
  diff,
  validate,
  debug,
  version,
  help,
};
