#!/usr/bin/env node
import { UsageError } from './cli/command.ts';
import { programName } from './cli/program.ts';
import { find, usageOf } from './cli/registry.ts';

/** argv to command. The only place that ends the process. */
const [first = 'help', ...others] = process.argv.slice(2);
const wanted = first === '--help' || first === '-h' ? 'help' : first === '--version' ? 'version' : first;
const found = find([wanted, ...others]);
if (!found) {
  console.error(
    `${programName}: there is no command ${JSON.stringify(first)}; ${programName} help lists them`,
  );
  process.exit(2);
}
const { name, command, rest } = found;
if (rest.includes('--help') || rest.includes('-h')) {
  console.log(usageOf(name, command));
  process.exit(0);
}
// Node does not count V8's own threads: without this the program would end while a module is being compiled.
setInterval(() => undefined, 2 ** 30);
try {
  process.exit(await command.run(rest));
} catch (error) {
  console.error(`${programName} ${name}: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(isUsage(error) ? 2 : 1);
}

/** parseArgs has errors of its own for options that nobody knows. */
function isUsage(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof UsageError || (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS'));
}
