import type { LogLine } from '../../harness/log-lines.ts';
import { UsageError } from '../command.ts';

const levels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Of the option --log. */
export function logLevel(level: string): string {
  if (!levels.includes(level)) throw new UsageError(`--log must be one of ${levels.join(', ')}`);
  return level;
}

/** A line of the log for people: `level plugin: what it said`, or what the host says of it with all that it adds. */
export function logText({ level, plugin, said, message, fields }: LogLine): string {
  const head = `${level}${plugin === undefined ? '' : ` ${plugin}`}`;
  if (said !== undefined) return `${head}: ${said}`;
  const { stack, ...others } = fields;
  const more = Object.entries(others).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${head}: ${message}${more.join('')}${Array.isArray(stack) ? stackText(stack) : ''}`;
}

/** A function a line, innermost first. */
function stackText(stack: readonly unknown[]): string {
  const lines = stack.map(String);
  if (lines.every((line) => /^function \d+$/.test(line)))
    lines.push('(loom plugin build --debug names them)');
  return lines.map((line) => `\n    ${line}`).join('');
}
