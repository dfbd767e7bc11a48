import { Json, JsonType } from "./json";

const maxDepth = 32;

/** RFC 8259. Null when the text is not JSON, or nested deeper than 32. */
export function parseJson(text: string): Json | null {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  return value && reader.ended ? value : null;
}

/** Powers of ten that a double holds exactly. */
const powers: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/** Whole numbers of that many digits are doubles. */
const exactDigits = 15;

/** Walks over the UTF-16 units in memory: to index a string costs a check and a call for each. */
class Reader {
  private at: usize;
  private end: usize;

  constructor(private text: string) {
    this.at = changetype<usize>(text);
    this.end = this.at + (<usize>text.length << 1);
  }

  get ended(): bool { return this.at == this.end; }

  private get code(): i32 { return this.at < this.end ? load<u16>(this.at) : -1; }

  private take(code: i32): bool {
    if (this.code != code) return false;
    this.at += 2;
    return true;
  }

  private word(word: string): bool {
    const size = <usize>word.length << 1;
    if (this.end - this.at < size || memory.compare(this.at, changetype<usize>(word), size) != 0) return false;
    this.at += size;
    return true;
  }

  space(): void {
    let at = this.at;
    while (at < this.end) {
      const code = load<u16>(at);
      if (code != 0x20 && code != 0x0a && code != 0x0d && code != 0x09) break;
      at += 2;
    }
    this.at = at;
  }

  value(depth: i32): Json | null {
    if (depth > maxDepth) return null;
    this.space();
    const json = new Json();
    switch (this.code) {
      case 0x22: {
        const text = this.string();
        if (text === null) return null;
        json.type = JsonType.Text;
        json.text = text;
        return json;
      }
      case 0x7b: return this.members(depth);
      case 0x5b: return this.elements(depth);
      case 0x74:
      case 0x66:
        json.type = JsonType.Bool;
        json.bool = this.word("true");
        return json.bool || this.word("false") ? json : null;
      case 0x6e: return this.word("null") ? json : null;
      default:
        json.type = JsonType.Number;
        json.number = this.number();
        return isNaN(json.number) ? null : json;
    }
  }

  private members(depth: i32): Json | null {
    const json = Json.newObject();
    this.at += 2;
    this.space();
    if (this.take(0x7d)) return json;
    do {
      this.space();
      const name = this.string();
      this.space();
      if (name === null || !this.take(0x3a)) return null;
      const value = this.value(depth + 1);
      if (!value) return null;
      json.object.set(name, value);
      this.space();
    } while (this.take(0x2c));
    return this.take(0x7d) ? json : null;
  }

  private elements(depth: i32): Json | null {
    const json = Json.newList();
    this.at += 2;
    this.space();
    if (this.take(0x5d)) return json;
    do {
      const value = this.value(depth + 1);
      if (!value) return null;
      json.list.push(value);
      this.space();
    } while (this.take(0x2c));
    return this.take(0x5d) ? json : null;
  }

  /** NaN when there is none. */
  private number(): f64 {
    const from = this.at;
    const negative = this.take(0x2d);
    const whole = this.at;
    let digits: u64 = this.digits(0);
    let count = <i32>((this.at - whole) >> 1);
    if (count == 0 || (count > 1 && load<u16>(whole) == 0x30)) return NaN;
    let places = 0;
    if (this.take(0x2e)) {
      const fraction = this.at;
      digits = this.digits(digits);
      places = <i32>((this.at - fraction) >> 1);
      if (places == 0) return NaN;
      count += places;
    }
    let exact = count <= exactDigits;
    if (this.take(0x65) || this.take(0x45)) {
      if (!this.take(0x2b)) this.take(0x2d);
      const exponent = this.at;
      this.digits(0);
      if (this.at == exponent) return NaN;
      exact = false;
    }
    if (!exact) return parseFloat(String.UTF16.decodeUnsafe(from, this.at - from));
    const number = <f64>digits / unchecked(powers[places]);
    return negative ? -number : number;
  }

  /** The value of the digits here, behind others; of too many of them nobody uses it. */
  private digits(before: u64): u64 {
    let value = before;
    let at = this.at;
    while (at < this.end) {
      const digit = <u32>load<u16>(at) - 0x30;
      if (digit > 9) break;
      value = value * 10 + digit;
      at += 2;
    }
    this.at = at;
    return value;
  }

  private string(): string | null {
    if (!this.take(0x22)) return null;
    const from = this.at;
    for (let at = from; at < this.end; at += 2) {
      const code = load<u16>(at);
      if (code == 0x22) {
        this.at = at + 2;
        return String.UTF16.decodeUnsafe(from, at - from);
      }
      if (code == 0x5c) return this.escaped(from, at);
      if (code < 0x20) return null;
    }
    return null;
  }

  /** The string from there on, whose first backslash is at `at`. What it says is never longer than how it is written. */
  private escaped(from: usize, at: usize): string | null {
    let close = at;
    while (close < this.end && load<u16>(close) != 0x22) close += load<u16>(close) == 0x5c ? 4 : 2;
    if (close >= this.end) return null;
    const out = heap.alloc(close - from);
    memory.copy(out, from, at - from);
    let to = out + (at - from);
    let unit = 0;
    while (at < close && unit >= 0) {
      unit = load<u16>(at);
      at += 2;
      if (unit == 0x5c) {
        const letter = load<u16>(at);
        unit = letter == 0x75 ? unitOf(at + 2, close) : plain(letter);
        at += letter == 0x75 ? 10 : 2;
      } else if (unit < 0x20) unit = -1;
      store<u16>(to, unit);
      to += 2;
    }
    this.at = close + 2;
    const text = String.UTF16.decodeUnsafe(out, to - out);
    heap.free(out);
    if (unit < 0) return null;
    return text;
  }
}

/** What a letter behind a backslash stands for, -1 for nothing. */
function plain(letter: i32): i32 {
  switch (letter) {
    case 0x6e: return 0x0a;
    case 0x74: return 0x09;
    case 0x72: return 0x0d;
    case 0x62: return 0x08;
    case 0x66: return 0x0c;
    default: return letter == 0x22 || letter == 0x5c || letter == 0x2f ? letter : -1;
  }
}

/** Four hexadecimal digits, -1 where they are none. */
function unitOf(at: usize, end: usize): i32 {
  if (at + 8 > end) return -1;
  let unit = 0;
  for (let i: usize = 0; i < 8; i += 2) {
    const code = <i32>load<u16>(at + i);
    const letter = code | 0x20;
    if (code >= 0x30 && code <= 0x39) unit = (unit << 4) | (code - 0x30);
    else if (letter >= 0x61 && letter <= 0x66) unit = (unit << 4) | (letter - 0x57);
    else return -1;
  }
  return unit;
}
