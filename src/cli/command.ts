/** One command of the loom program. */
export interface Command {
  /** Arguments, as help shows them. */
  readonly usage: string;
  readonly summary: string;
  /** Options and what else help says of this command alone. */
  readonly details?: string;
  /** Commands below this one, by name. `run` is then for arguments that name none of them. */
  readonly commands?: Readonly<Record<string, Command>>;
  /** Resolves to the exit code when the command is done; rejects with a message for people. */
  run(args: readonly string[]): Promise<number>;
}

/** The arguments are not those that the command takes; ends the program with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
