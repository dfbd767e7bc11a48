import { UsageError, type Command } from './command.ts';
import { bundle } from './debug/bundle.ts';
import { programName } from './program.ts';

export const debug: Command = {
  usage: 'COMMAND …',
  summary: 'For when something is wrong.',
  commands: { bundle },
  run: async ([name]) => {
    const told = name === undefined ? 'needs a command' : `there is no command ${JSON.stringify(name)}`;
    throw new UsageError(`${told}; ${programName} help debug lists them`);
  },
};
