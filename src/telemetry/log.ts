import pino, { type Logger, type LoggerOptions } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured logs: one JSON object a line on stdout, a constant message with fields beside it. Each thread makes its own;
 * pino writes to the file descriptor itself, so lines of several threads never mix within a line.
 */
export function makeLogger(level: string, fields: Readonly<Record<string, unknown>> = {}): Logger {
  return pino(options(level, fields), pino.destination({ fd: 1, sync: true }));
}

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
