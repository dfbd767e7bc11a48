/** Of memory, at most: V8 holds a character in one byte or in two. */
const bytesOf = (line: string): number => 2 * line.length;

/** The last lines of a log, for somebody who asks when something has gone wrong. Each thread has them, so they are few and small. */
export class RecentLines {
  readonly #lines: string[] = [];
  readonly #most: number;
  readonly #mostBytes: number;
  /** Where the oldest line is; before it there are only empty ones. */
  #first = 0;
  #bytes = 0;

  constructor(most = 500, mostBytes = 1 << 20) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  /** The newest line is kept however long it is. */
  add(line: string): void {
    this.#lines.push(line);
    this.#bytes += bytesOf(line);
    while (this.#count > this.#most || (this.#bytes > this.#mostBytes && this.#count > 1)) this.#drop();
  }

  get text(): string {
    return this.#lines.join('');
  }

  get #count(): number {
    return this.#lines.length - this.#first;
  }

  #drop(): void {
    this.#bytes -= bytesOf(this.#lines[this.#first] as string);
    this.#lines[this.#first++] = '';
    // Seldom, and then many at once: the front of an array is dear.
    if (this.#first > this.#most) this.#first -= this.#lines.splice(0, this.#first).length;
  }
}

/** Lines of several threads as one text, by their times (RFC 3339 in UTC, which sort as texts do). */
export function inOrder(texts: readonly string[]): string {
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  const timed = lines.map((line) => ({ line, time: /"time":"([^"]*)"/.exec(line)?.[1] ?? '' }));
  const ordered = timed.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return ordered.map(({ line }) => `${line}\n`).join('');
}
