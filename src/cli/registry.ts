import type { Command } from './command.ts';
import { operator } from './operator.ts';
import { serve } from './serve.ts';
import { validate } from './validate.ts';
import { version } from './version.ts';

const help: Command = {
  usage: '',
  summary: 'Lists the commands.',
  run: async () => {
    const lines = Object.entries(commands).map(([name, { usage, summary }]) => {
      const left = `loom ${name} ${usage}`.trim();
      return `  ${left.padEnd(44)} ${summary}`;
    });
    console.log(`Loom, an ingress controller and API gateway with WASM plugins\n\n${lines.join('\n')}`);
    return 0;
  },
};

/** Every command of the loom program, by its name. */
export const commands: Readonly<Record<string, Command>> = { serve, operator, validate, version, help };
