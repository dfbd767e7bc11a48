import type { Command } from './command.ts';
import { operator } from './operator.ts';
import { serve } from './serve.ts';
import { validate } from './validate.ts';
import { version } from './version.ts';

const help: Command = {
  usage: '',
  summary: 'Lists the commands.',
  run: async () => {
    const lines = Object.entries(commands).map(([name, command]) => usageOf(name, command));
    console.log(`Loom, an ingress controller and API gateway with WASM plugins\n\n${lines.join('\n')}`);
    return 0;
  },
};

/** How a command is called and what it does, as `loom help` and `loom COMMAND --help` say it. */
export function usageOf(name: string, { usage, summary }: Command): string {
  return `${`  loom ${name} ${usage}`.trimEnd()}\n      ${summary}`;
}

/** Every command of the loom program, by its name. */
export const commands: Readonly<Record<string, Command>> = { serve, operator, validate, version, help };
