import pino, { type Logger, type LoggerOptions } from 'pino';
import { LogOutput } from './log-output.ts';
import { RecentLines } from './recent-lines.ts';

export type { Logger } from 'pino';

/** Of all loggers of this thread: each of its own would listen for the end of the process, and tear the lines of the others. */
let stdout: LogOutput | undefined;

/** The last lines of this thread. */
export const recentLines = new RecentLines();

/**
 * Structured logs: one JSON object a line on stdout, a constant message with fields beside it. Each thread makes its own and
 * writes whole lines to the file descriptor itself, so lines of several threads do not mix within a line.
 */
export function makeLogger(level: string, fields: Readonly<Record<string, unknown>> = {}): Logger {
  const out = (stdout ??= new LogOutput(1));
  const write = (line: string): void => {
    recentLines.add(line);
    out.write(line);
  };
  return pino(options(level, fields), { write });
}

/** The logger of the control thread. */
export const makeControlLogger = (level: string): Logger => makeLogger(level, { component: 'control' });

/** The same lines for somebody in this process. */
export function loggerTo(write: (line: string) => void, level: string): Logger {
  return pino(options(level, {}), { write });
}

const options = (level: string, base: Readonly<Record<string, unknown>>): LoggerOptions => ({
  level,
  base,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
});
