import { UnreadableError } from './api-error.ts';

/** The API server takes objects up to 3 MiB; an event holds one. */
const maxLength = 64 * 1024 * 1024;

/**
 * Gives lines of a stream, without their ends, to `take`; what follows the last end of a line counts as one too. A long line is joined
 * once and not searched again with every piece: a ConfigMap with a module is one line of megabytes. `push` throws an UnreadableError
 * when a line is longer than 64 Mi characters, and what `take` throws.
 */
export class Lines {
  readonly #take: (line: string) => void;
  #held: string[] = [];
  #length = 0;

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(piece: string): void {
    let from = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', from)) {
      this.#held.push(piece.slice(from, end));
      from = end + 1;
      this.#give();
    }
    if (from === piece.length) return;
    this.#held.push(piece.slice(from));
    this.#length += piece.length - from;
    if (this.#length > maxLength) throw new UnreadableError(`a line has more than ${maxLength} characters`);
  }

  /** The stream is over. */
  end(): void {
    if (this.#held.length > 0) this.#give();
  }

  #give(): void {
    const [first = '', ...others] = this.#held;
    this.#held = [];
    this.#length = 0;
    this.#take(others.length === 0 ? first : first + others.join(''));
  }
}
