import { UnreadableError } from './api-error.ts';

/** The API server takes objects up to 3 MiB; an event holds one. */
const maxLength = 64 * 1024 * 1024;

/**
 * Lines of a stream, without their ends; what follows the last end of a line counts as one too. A long line is joined once
 * and not searched again with every piece: a ConfigMap with a module is one line of megabytes. Throws an UnreadableError
 * when a line is longer than 64 Mi characters.
 */
export async function* toLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let held: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', from)) {
      held.push(piece.slice(from, end));
      yield held.length === 1 ? (held[0] ?? '') : held.join('');
      held = [];
      length = 0;
      from = end + 1;
    }
    if (from === piece.length) continue;
    held.push(piece.slice(from));
    length += piece.length - from;
    if (length > maxLength) throw new UnreadableError(`a line has more than ${maxLength} characters`);
  }
  if (held.length > 0) yield held.join('');
}
