import type { Socket } from 'node:net';
import { LoomError } from '../../errors.ts';
import type { BodySink } from '../body.ts';
import type { HeaderList } from '../headers.ts';
import { fieldLines } from './head-text.ts';
import type { Framing } from './incoming-body.ts';
import { PieceCopy } from './piece-pool.ts';

/** Up to this size a piece is copied behind what precedes it, so that both go out in one write; larger ones are not. */
const maxCopiedBytes = 16_384;

/** Writes a message: its head with the first piece of its body, then piece by piece, framed as its head says. */
export class BodyWriter implements BodySink {
  readonly #socket: Socket;
  readonly #chunked: boolean;
  readonly #ended: (error?: Error) => void;
  /** Not written yet. */
  #head: string;
  /** Bytes that the head has promised; Infinity when it has not. */
  #left: number;
  #over = false;

  /** `ended` is called once, when all has been handed to the socket, or cannot be. */
  constructor(socket: Socket, head: string, framing: Framing, ended: (error?: Error) => void) {
    this.#socket = socket;
    this.#head = head;
    this.#chunked = framing === 'chunked';
    this.#left = typeof framing === 'number' ? framing : Infinity;
    this.#ended = ended;
  }

  data(piece: Buffer): boolean {
    return this.#give(piece, false);
  }

  lend(bytes: Buffer): boolean {
    return this.#give(bytes, true);
  }

  end(trailers?: HeaderList): void {
    if (this.#over) return;
    if (this.#left > 0 && this.#left !== Infinity) {
      this.fail(new LoomError('internal', 'the body is shorter than its Content-Length'));
      return;
    }
    let last = this.#head;
    if (this.#chunked) {
      try {
        last += trailers ? `0\r\n${fieldLines(trailers)}\r\n` : '0\r\n\r\n';
      } catch (error) {
        this.fail(error as Error);
        return;
      }
    }
    this.#over = true;
    if (last !== '') this.#socket.write(last, 'latin1');
    this.#head = '';
    this.#ended();
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(error);
  }

  /** The head alone, when the body did not come with it. */
  flush(): void {
    if (this.#head === '' || this.#over) return;
    this.#socket.write(this.#head, 'latin1');
    this.#head = '';
  }

  /** `lent`: the bytes are overwritten when this has returned. */
  #give(piece: Buffer, lent: boolean): boolean {
    if (this.#over) return true;
    const { length } = piece;
    if (length === 0) return true;
    this.#left -= length;
    if (this.#left < 0) {
      this.fail(new LoomError('internal', 'the body is longer than its Content-Length'));
      return true;
    }
    const before = this.#chunked ? `${this.#head}${length.toString(16)}\r\n` : this.#head;
    this.#head = '';
    return this.#write(before, piece, this.#chunked ? '\r\n' : '', lent);
  }

  #write(before: string, piece: Buffer, after: string, lent: boolean): boolean {
    const socket = this.#socket;
    if (piece.length <= maxCopiedBytes) {
      const isAlone = before === '' && after === '' && !lent;
      return socket.write(isAlone ? piece : joined(before, piece, after));
    }
    socket.cork();
    if (before !== '') socket.write(before, 'latin1');
    let wants: boolean;
    if (lent) {
      const { bytes, release } = new PieceCopy(piece);
      wants = socket.write(bytes, release);
    } else wants = socket.write(piece);
    if (after !== '') socket.write(after, 'latin1');
    socket.uncork();
    return wants;
  }
}

/** Text in Latin-1, bytes, text as one buffer. */
export function joined(before: string, piece: Buffer, after: string): Buffer {
  const all = Buffer.allocUnsafe(before.length + piece.length + after.length);
  all.latin1Write(before, 0);
  piece.copy(all, before.length);
  if (after !== '') all.latin1Write(after, before.length + piece.length);
  return all;
}
