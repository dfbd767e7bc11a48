import { JsonType } from "./json";

const maxDepth = 32;

/** Walks over JSON in UTF-8 (RFC 8259) and says whether it is some; makes nothing. */
export class Scanner {
  constructor(public at: usize, private end: usize) {}

  get ended(): bool { return this.at == this.end; }

  private get code(): i32 { return this.at < this.end ? load<u8>(this.at) : -1; }

  take(code: i32): bool {
    const at = this.at;
    if (at >= this.end || load<u8>(at) != code) return false;
    this.at = at + 1;
    return true;
  }

  space(): void {
    let at = this.at;
    while (at < this.end) {
      const code = load<u8>(at);
      if (code > 0x20 || (code != 0x20 && code != 0x0a && code != 0x0d && code != 0x09)) break;
      at++;
    }
    this.at = at;
  }

  /** Past a value that is one, and begins here. Braces and brackets differ from each other by one bit. */
  skip(): void {
    let at = this.at;
    let depth = 0;
    while (at < this.end) {
      const code = load<u8>(at);
      if (code == 0x22) {
        this.at = at;
        this.string();
        at = this.at;
        if (depth == 0) break;
        continue;
      }
      const letter = code | 0x20;
      if (letter == 0x7b) depth++;
      else if (letter == 0x7d) depth--;
      if (depth < 0 || (depth == 0 && (code == 0x2c || code <= 0x20))) break;
      at++;
      if (depth == 0 && letter == 0x7d) break;
    }
    this.at = at;
  }

  /** Past a value and the space before it; false where there is none, or it is nested deeper than 32. */
  value(depth: i32): bool {
    if (depth > maxDepth) return false;
    this.space();
    switch (this.code) {
      case 0x22: return this.string();
      case 0x7b: return this.members(depth);
      case 0x5b: return this.elements(depth);
      case 0x74: return this.word(0x65757274, 4);
      case 0x66: return this.word(0x65736c61_66, 5);
      case 0x6e: return this.word(0x6c6c756e, 4);
      default: return this.number();
    }
  }

  /** Past a text with its quotes. */
  string(): bool {
    if (!this.take(0x22)) return false;
    let at = this.at;
    const end = this.end;
    while (at < end) {
      while (at + 8 <= end && !stops(load<u64>(at))) at += 8;
      if (at == end) return false;
      const code = load<u8>(at++);
      if (code == 0x22) {
        this.at = at;
        return true;
      }
      if (code < 0x20) return false;
      if (code != 0x5c) continue;
      if (at == end) return false;
      const letter = load<u8>(at++);
      if (letter != 0x75) {
        if (!escapes(letter)) return false;
      } else {
        if (at + 4 > end) return false;
        for (let i = 0; i < 4; i++) if (!isHex(load<u8>(at++))) return false;
      }
    }
    return false;
  }

  private members(depth: i32): bool {
    this.at++;
    this.space();
    if (this.take(0x7d)) return true;
    do {
      this.space();
      if (!this.string()) return false;
      this.space();
      if (!this.take(0x3a) || !this.value(depth + 1)) return false;
      this.space();
    } while (this.take(0x2c));
    return this.take(0x7d);
  }

  private elements(depth: i32): bool {
    this.at++;
    this.space();
    if (this.take(0x5d)) return true;
    do {
      if (!this.value(depth + 1)) return false;
      this.space();
    } while (this.take(0x2c));
    return this.take(0x5d);
  }

  private word(word: u64, size: usize): bool {
    if (this.end - this.at < size) return false;
    for (let i: usize = 0; i < size; i++) if (load<u8>(this.at + i) != <u8>(word >> (8 * i))) return false;
    this.at += size;
    return true;
  }

  private number(): bool {
    this.take(0x2d);
    if (!this.take(0x30) && !this.digits()) return false;
    if (this.take(0x2e) && !this.digits()) return false;
    if (!this.take(0x65) && !this.take(0x45)) return true;
    if (!this.take(0x2b)) this.take(0x2d);
    return this.digits();
  }

  private digits(): bool {
    const from = this.at;
    while (this.at < this.end && <u32>load<u8>(this.at) - 0x30 <= 9) this.at++;
    return this.at > from;
  }
}

/** By its first byte. */
export function typeAt(at: usize): JsonType {
  switch (load<u8>(at)) {
    case 0x22: return JsonType.Text;
    case 0x7b: return JsonType.Object;
    case 0x5b: return JsonType.List;
    case 0x74:
    case 0x66: return JsonType.Bool;
    case 0x6e: return JsonType.Null;
    default: return JsonType.Number;
  }
}

const ones: u64 = 0x0101_0101_0101_0101;

/** Whether one of eight bytes may be a quote, a backslash or a control character: most of a text is none. */
function stops(bytes: u64): bool {
  const quotes = bytes ^ (ones * 0x22);
  const slashes = bytes ^ (ones * 0x5c);
  const found = ((bytes - ones * 0x20) & ~bytes) | ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes);
  return (found & (ones * 0x80)) != 0;
}

function escapes(letter: i32): bool {
  return letter == 0x6e || letter == 0x22 || letter == 0x5c || letter == 0x2f
    || letter == 0x74 || letter == 0x72 || letter == 0x62 || letter == 0x66;
}

function isHex(code: i32): bool {
  const letter = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}
