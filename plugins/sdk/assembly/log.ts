import { proxy_log } from "./host/log";
import { bytesOf, pointerOf } from "./memory";

export enum LogLevel { Trace, Debug, Info, Warn, Error, Critical }

export function log(level: LogLevel, message: string): void {
  const bytes = bytesOf(message);
  proxy_log(level, pointerOf(bytes), bytes.byteLength);
}

/** What the compiler calls where the program cannot go on; the build names it with `--use abort`. Ends the instance. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  log(LogLevel.Critical, (message ? message : "abort") + " at " + (file ? file : "") + ":" + line.toString() + ":" + column.toString());
  unreachable();
}
