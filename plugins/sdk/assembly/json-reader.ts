import { Json } from "./json";
import { Members } from "./json-members";
import { Scanner, typeAt } from "./json-scanner";

/** RFC 8259. Null when the text is not JSON, or nested deeper than 32. */
export function parseJson(text: string): Json | null {
  return parseJsonBytes(String.UTF8.encode(text));
}

/** The same of UTF-8, which is not to be changed afterwards. */
export function parseJsonBytes(bytes: ArrayBuffer): Json | null {
  const start = changetype<usize>(bytes);
  const scanner = new Scanner(start, start + bytes.byteLength);
  scanner.space();
  const from = scanner.at;
  if (!scanner.value(0)) return null;
  const to = scanner.at;
  scanner.space();
  if (!scanner.ended) return null;
  return valueOf(bytes, from, to);
}

function valueOf(source: ArrayBuffer, from: usize, to: usize): Json {
  const json = new Json(typeAt(from), from, to);
  json.source = source;
  return json;
}

/** What follows reads what a scanner has been over: it is JSON. */
export function readElements(json: Json): Json[] {
  const elements: Json[] = [];
  const scanner = new Scanner(json.from + 1, json.to);
  scanner.space();
  if (scanner.take(0x5d)) return elements;
  do elements.push(next(json.source!, scanner)); while (scanner.take(0x2c));
  return elements;
}

export function readMembers(json: Json): Members {
  const members = new Members();
  const scanner = new Scanner(json.from + 1, json.to);
  scanner.space();
  if (scanner.take(0x7d)) return members;
  do {
    scanner.space();
    const from = scanner.at;
    scanner.string();
    const name = readText(from, scanner.at);
    scanner.space();
    scanner.take(0x3a);
    members.set(name, next(json.source!, scanner));
  } while (scanner.take(0x2c));
  return members;
}

function next(source: ArrayBuffer, scanner: Scanner): Json {
  scanner.space();
  const from = scanner.at;
  scanner.skip();
  const json = valueOf(source, from, scanner.at);
  scanner.space();
  return json;
}

/** Between its quotes. */
export function readText(from: usize, to: usize): string {
  const text = String.UTF8.decodeUnsafe(from + 1, to - from - 2);
  return text.includes("\\") ? unescape(text) : text;
}

/** What it says is never longer than how it is written. */
function unescape(text: string): string {
  const out = heap.alloc(text.length << 1);
  let to = out;
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i);
    if (unit == 0x5c) {
      unit = text.charCodeAt(++i);
      if (unit == 0x75) {
        unit = <i32>parseInt(text.substr(i + 1, 4), 16);
        i += 4;
      } else unit = control(unit);
    }
    store<u16>(to, unit);
    to += 2;
  }
  const said = String.UTF16.decodeUnsafe(out, to - out);
  heap.free(out);
  return said;
}

/** What a letter behind a backslash stands for. */
function control(letter: i32): i32 {
  switch (letter) {
    case 0x6e: return 0x0a;
    case 0x74: return 0x09;
    case 0x72: return 0x0d;
    case 0x62: return 0x08;
    case 0x66: return 0x0c;
    default: return letter;
  }
}

/** Powers of ten that a double holds exactly, as it does whole numbers of so many digits: their quotient is the nearest double. */
const powers: StaticArray<f64> = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];
const exactDigits: usize = 15;

export function readNumber(from: usize, to: usize): f64 {
  const negative = load<u8>(from) == 0x2d;
  if (to - from > exactDigits + 1) return parseFloat(String.UTF8.decodeUnsafe(from, to - from));
  let digits: u64 = 0;
  let point: usize = 0;
  for (let at = negative ? from + 1 : from; at < to; at++) {
    const code = <u32>load<u8>(at);
    if (code == 0x2e) point = at + 1;
    else if (code - 0x30 <= 9) digits = digits * 10 + (code - 0x30);
    else return parseFloat(String.UTF8.decodeUnsafe(from, to - from));
  }
  const number = point == 0 ? <f64>digits : <f64>digits / unchecked(powers[<i32>(to - point)]);
  return negative ? -number : number;
}
