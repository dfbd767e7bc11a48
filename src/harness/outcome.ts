import type { RequestHead, ResponseHead } from '../http/exchange.ts';
import type { MadeCall } from './callouts.ts';
import type { LogLine } from './log-lines.ts';
import type { Arrived } from './wire.ts';

/** What became of a scenario. */
export interface Outcome {
  /** What the upstream got; undefined when it was not asked. */
  readonly request: Arrived<RequestHead> | undefined;
  /** What the client got; undefined when its stream was cut. */
  readonly response: Arrived<ResponseHead> | undefined;
  /** Code of src/errors.ts and what was behind it; empty for none. */
  readonly error: string;
  readonly detail: string;
  /** What each plugin did, by its name: see the access log. */
  readonly plugins: Readonly<Record<string, string>>;
  readonly calls: readonly MadeCall[];
  readonly logs: readonly LogLine[];
}
