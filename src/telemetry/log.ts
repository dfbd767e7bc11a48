import pino, { type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * Structured logs: one JSON object a line on stdout, a constant message with fields beside it. Each thread makes its own;
 * pino writes to the file descriptor itself, so lines of several threads never mix within a line.
 */
export function makeLogger(level: string, fields: Readonly<Record<string, unknown>> = {}): Logger {
  return pino(
    {
      level,
      base: fields,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: true }),
  );
}
