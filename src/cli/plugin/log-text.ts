import type { LogLine } from '../../harness/log-lines.ts';

/** A line of the log for people: `level plugin: what it said`, or what the host says of it with all that it adds. */
export function logText({ level, plugin, said, message, fields }: LogLine): string {
  const head = `${level}${plugin === undefined ? '' : ` ${plugin}`}`;
  if (said !== undefined) return `${head}: ${said}`;
  const more = Object.entries(fields).map(([name, value]) => fieldText(name, value));
  return [`${head}: ${message}`, ...more].join('');
}

/** A stack goes below, a frame a line. */
function fieldText(name: string, value: unknown): string {
  const lines = Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string'
      ? value.split('\n')
      : undefined;
  if (lines && lines.length > 1) return ['', ...lines].join('\n    ');
  return ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
