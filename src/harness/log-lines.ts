import { loggerTo, type Logger } from '../telemetry/log.ts';

/** One line of the log of a run. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly plugin: string | undefined;
  /** What the plugin itself said; undefined for what the host says. */
  readonly said: string | undefined;
  /** The other fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that is kept in memory until somebody takes it. */
export class LogLines {
  readonly logger: Logger;
  #lines: LogLine[] = [];

  constructor(level: string) {
    this.logger = loggerTo((line) => this.#lines.push(parse(line)), level);
  }

  /** Those since the last call. */
  take(): readonly LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}

/** As the logger writes it. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly plugin?: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

function parse(line: string): LogLine {
  const { level, time: _, msg, plugin, text, ...fields } = JSON.parse(line) as Line;
  return {
    level,
    message: msg,
    plugin,
    said: text,
    fields,
  };
}
