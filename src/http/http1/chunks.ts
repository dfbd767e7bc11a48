import { isWhole, nextPart, part, type Part } from './chunk-extension.ts';
import { hexValue, octet } from './octets.ts';

/** Extensions of one chunk, and all trailers, are held to this many bytes: nobody has a use for more. */
const maxLineBytes = 4096;
const maxTrailerBytes = 16_384;

const state = {
  size: 0,
  extension: 1,
  sizeEnd: 2,
  data: 3,
  dataCr: 4,
  dataLf: 5,
  trailers: 6,
  done: 7,
} as const;
type State = (typeof state)[keyof typeof state];

/** What a step found: more bytes are needed, a piece of data (`from`, `to`), the end, or bytes that are no chunks. */
export const found = { nothing: 0, data: 1, end: 2, malformed: 3 } as const;
export type Found = (typeof found)[keyof typeof found];

/** The chunked coding (RFC 9112 section 7.1), a piece at a time, exact to the byte. */
export class ChunkReader {
  /** The last piece of data in the bytes of the last `step`, and where the next one goes on. */
  from = 0;
  to = 0;
  at = 0;
  /** The trailer section with its empty line; when the end was found. */
  trailers: Buffer | undefined;
  #state: State = state.size;
  #left = 0;
  #digits = 0;
  #line = 0;
  #part: Part = part.begin;
  /** A trailer section that is not whole yet. */
  #held: Buffer | undefined;

  /** Looks at bytes from `at` on; call it again with the same bytes while it finds data. */
  step(bytes: Buffer): Found {
    const end = bytes.length;
    while (this.at < end) {
      const code = bytes[this.at] as number;
      switch (this.#state) {
        case state.size: {
          const digit = hexValue[code] as number;
          if (digit !== 0xff) {
            // 2^52 bytes are more than anybody sends, and still exact.
            if (++this.#digits > 13) return found.malformed;
            this.#left = this.#left * 16 + digit;
          } else if (this.#digits === 0) return found.malformed;
          else if (code === octet.semicolon) this.#extend();
          else if (code === octet.cr) this.#state = state.sizeEnd;
          else return found.malformed;
          this.at++;
          break;
        }
        case state.extension:
          if (!this.#extends(code)) return found.malformed;
          this.at++;
          break;
        case state.sizeEnd:
          if (code !== octet.lf) return found.malformed;
          this.at++;
          this.#digits = 0;
          this.#line = 0;
          this.#state = this.#left === 0 ? state.trailers : state.data;
          break;
        case state.data:
          return this.#data(end);
        case state.dataCr:
          if (code !== octet.cr) return found.malformed;
          this.at++;
          this.#state = state.dataLf;
          break;
        case state.dataLf:
          if (code !== octet.lf) return found.malformed;
          this.at++;
          this.#state = state.size;
          break;
        case state.trailers:
          return this.#trailers(bytes);
        case state.done:
          return found.end;
      }
    }
    return found.nothing;
  }

  #extend(): void {
    this.#state = state.extension;
    this.#part = part.begin;
  }

  #extends(code: number): boolean {
    if (code === octet.cr && isWhole(this.#part)) {
      this.#state = state.sizeEnd;
      return true;
    }
    const next = nextPart(this.#part, code);
    if (next === -1 || ++this.#line > maxLineBytes) return false;
    this.#part = next;
    return true;
  }

  #data(end: number): Found {
    this.from = this.at;
    this.to = Math.min(end, this.at + this.#left);
    this.#left -= this.to - this.from;
    this.at = this.to;
    if (this.#left === 0) this.#state = state.dataCr;
    return found.data;
  }

  /** Nearly always the empty line alone. */
  #trailers(bytes: Buffer): Found {
    const rest = bytes.subarray(this.at);
    const all = this.#held ? Buffer.concat([this.#held, rest]) : rest;
    this.at = bytes.length;
    const none = all[0] === octet.cr;
    if (none && all.length >= 2 && all[1] !== octet.lf) return found.malformed;
    const end = none ? 2 : all.indexOf('\r\n\r\n') + 4;
    if (end === 3 || all.length < end) {
      if (all.length > maxTrailerBytes) return found.malformed;
      // Copied: the bytes may be a buffer that is read into again.
      this.#held = Buffer.from(all);
      return found.nothing;
    }
    // What follows the message belongs to the next one.
    this.at = bytes.length - (all.length - end);
    this.trailers = all.subarray(0, end);
    this.#state = state.done;
    return found.end;
  }
}
