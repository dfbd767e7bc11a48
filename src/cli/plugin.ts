import { UsageError, type Command } from './command.ts';
import { build } from './plugin/build.ts';
import { inspect } from './plugin/inspect.ts';
import { create } from './plugin/new.ts';
import { programName } from './program.ts';
import { push } from './plugin/push.ts';
import { run } from './plugin/run.ts';
import { test } from './plugin/test.ts';

export const plugin: Command = {
  usage: 'COMMAND …',
  summary: 'For plugin authors: from nothing to a tested module in a registry.',
  commands: { new: create, build, test, run, inspect, push },
  run: async ([name]) => {
    const told = name === undefined ? 'needs a command' : `there is no command ${JSON.stringify(name)}`;
    throw new UsageError(`${told}; ${programName} help plugin lists them`);
  },
};
