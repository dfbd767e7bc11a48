/** One command of the loom program. */
export interface Command {
  /** Arguments, as help shows them. */
  readonly usage: string;
  readonly summary: string;
  /** Resolves to the exit code when the command is done; rejects with a message for people. */
  run(args: readonly string[]): Promise<number>;
}
