import { commands, usageOf } from './cli/registry.ts';

/** argv to command. The only place that ends the process. */
const [name = 'help', ...args] = process.argv.slice(2);
const wanted = name === '--help' || name === '-h' ? 'help' : name === '--version' ? 'version' : name;
const command = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
if (!command) {
  console.error(`loom: there is no command ${JSON.stringify(name)}; loom help lists them`);
  process.exit(2);
}
if (args.includes('--help') || args.includes('-h')) {
  console.log(usageOf(wanted, command));
  process.exit(0);
}
try {
  process.exit(await command.run(args));
} catch (error) {
  console.error(`loom ${name}: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
