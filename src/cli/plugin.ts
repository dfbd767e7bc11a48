import { UsageError, type Command } from './command.ts';
import { inspect } from './plugin/inspect.ts';
import { run } from './plugin/run.ts';

export const plugin: Command = {
  usage: 'COMMAND …',
  summary: 'For plugin authors: from nothing to a tested module in a registry.',
  commands: { run, inspect },
  run: async ([name]) => {
    const told = name === undefined ? 'needs a command' : `there is no command ${JSON.stringify(name)}`;
    throw new UsageError(`${told}; loom help plugin lists them`);
  },
};
