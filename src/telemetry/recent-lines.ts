/** The last lines of a log, for somebody who asks when something has gone wrong. */
export class RecentLines {
  readonly #lines: string[] = [];
  readonly #most: number;

  constructor(most = 500) {
    this.#most = most;
  }

  add(line: string): void {
    this.#lines.push(line);
    // Seldom, and then many at once: the front of an array is dear.
    if (this.#lines.length > 2 * this.#most) this.#lines.splice(0, this.#lines.length - this.#most);
  }

  get text(): string {
    return this.#lines.slice(-this.#most).join('');
  }
}

/** Lines of several threads as one text, by their times (RFC 3339 in UTC, which sort as texts do). */
export function inOrder(texts: readonly string[]): string {
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  const timed = lines.map((line) => ({ line, time: /"time":"([^"]*)"/.exec(line)?.[1] ?? '' }));
  const ordered = timed.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return ordered.map(({ line }) => `${line}\n`).join('');
}
