/** Longest time that plugins which do not come keep a new process from taking traffic. */
const graceMs = 30_000;

/**
 * Plugins that a new process waits for before it calls itself ready: in a rollout the old one serves them already. Each is
 * waited for until its first fetch has succeeded or failed, and once there is none left, never again.
 */
export class FirstFetches {
  readonly #fetching: () => readonly string[];
  readonly #deadline = performance.now() + graceMs;
  #isOver = false;

  /** `fetching`: plugins that the workers do not have yet. */
  constructor(fetching: () => readonly string[]) {
    this.#fetching = fetching;
  }

  /** To be asked when the first configuration is served, not before: then nothing is fetched yet. */
  waitingFor(): readonly string[] {
    const left = this.#isOver ? [] : this.#fetching();
    if (left.length === 0 || performance.now() > this.#deadline) this.#isOver = true;
    return this.#isOver ? [] : left;
  }
}
