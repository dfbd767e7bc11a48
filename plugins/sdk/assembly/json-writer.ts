import { dtoa_buffered, itoa_buffered } from "util/number";
import { Json, JsonType } from "./json";

/** Where texts are made, in UTF-8. Kept from one to the next: most plugins write about as much each time. */
let buffer: usize = 0;
let capacity: usize = 0;
let size: usize = 0;

/** A number in UTF-16, as the library makes it. */
const digits: usize = memory.data(64);

/** Whether lists and objects that were read and not looked into are written as they came. */
let verbatim = false;

/** The shortest text of a value (RFC 8259), in one line. */
export function writeJson(json: Json): string {
  size = 0;
  verbatim = false;
  write(json);
  return String.UTF8.decodeUnsafe(buffer, size);
}

/** A text in UTF-8 for a body: what was read and not looked into as it came, and of the rest the shortest. */
export function writeJsonBytes(json: Json): ArrayBuffer {
  size = 0;
  verbatim = true;
  write(json);
  const bytes = new ArrayBuffer(<i32>size);
  memory.copy(changetype<usize>(bytes), buffer, size);
  return bytes;
}

/** A text with its quotes. */
export function quote(text: string): string {
  size = 0;
  writeText(text);
  return String.UTF8.decodeUnsafe(buffer, size);
}

function write(json: Json): void {
  const holds = json.isList || json.isObject;
  if (json.source && (verbatim || !holds)) return copy(json.from, json.to);
  switch (json.type) {
    case JsonType.Null: return word("null");
    case JsonType.Bool: return word(json.bool ? "true" : "false");
    case JsonType.Number: return writeNumber(json.number);
    case JsonType.Text: return writeText(json.text);
    case JsonType.List: {
      const list = json.list;
      byte(0x5b);
      for (let i = 0; i < list.length; i++) {
        if (i > 0) byte(0x2c);
        write(unchecked(list[i]));
      }
      return byte(0x5d);
    }
    default: {
      const members = json.object;
      byte(0x7b);
      for (let i = 0; i < members.size; i++) {
        if (i > 0) byte(0x2c);
        writeText(members.name(i));
        byte(0x3a);
        write(members.value(i));
      }
      byte(0x7d);
    }
  }
}

/** Room for so many bytes more. */
function reserve(bytes: usize): void {
  if (size + bytes <= capacity) return;
  capacity = max(max(capacity * 2, size + bytes), 1024);
  buffer = buffer == 0 ? heap.alloc(capacity) : heap.realloc(buffer, capacity);
}

function byte(code: i32): void {
  reserve(1);
  store<u8>(buffer + size++, code);
}

function copy(from: usize, to: usize): void {
  reserve(to - from);
  memory.copy(buffer + size, from, to - from);
  size += to - from;
}

/** UTF-16 of which every unit is ASCII. */
function narrow(from: usize, units: usize): void {
  reserve(units);
  for (let i: usize = 0; i < units; i++) store<u8>(buffer + size + i, load<u16>(from + (i << 1)));
  size += units;
}

function word(text: string): void {
  narrow(changetype<usize>(text), text.length);
}

/** A whole number has no point, and what is no number of JSON is null, as in JavaScript. */
function writeNumber(number: f64): void {
  if (!isFinite(number)) return word("null");
  if (number == Math.floor(number) && Math.abs(number) < 9007199254740992)
    return narrow(digits, itoa_buffered<i64>(digits, <i64>number));
  let units: usize = dtoa_buffered<f64>(digits, number);
  if (load<u32>(digits + ((units - 2) << 1)) == 0x0030_002e) units -= 2;
  narrow(digits, units);
}

/** Half a surrogate pair has no UTF-8: it becomes an escape. */
function writeText(text: string): void {
  const from = changetype<usize>(text);
  const end = from + (<usize>text.length << 1);
  byte(0x22);
  reserve(text.length * 3 + 1);
  for (let at = from; at < end; at += 2) {
    const code = <u32>load<u16>(at);
    if (code < 0x80) {
      if (code < 0x20 || code == 0x22 || code == 0x5c) escape(code, end - at);
      else store<u8>(buffer + size++, code);
    } else if (code < 0x800) {
      store<u8>(buffer + size++, 0xc0 | (code >> 6));
      store<u8>(buffer + size++, 0x80 | (code & 0x3f));
    } else if ((code & 0xf800) != 0xd800) {
      store<u8>(buffer + size++, 0xe0 | (code >> 12));
      store<u8>(buffer + size++, 0x80 | ((code >> 6) & 0x3f));
      store<u8>(buffer + size++, 0x80 | (code & 0x3f));
    } else if (code < 0xdc00 && at + 2 < end && (load<u16>(at, 2) & 0xfc00) == 0xdc00) {
      const point = 0x10000 + ((code & 0x3ff) << 10) + (load<u16>(at, 2) & 0x3ff);
      store<u8>(buffer + size++, 0xf0 | (point >> 18));
      store<u8>(buffer + size++, 0x80 | ((point >> 12) & 0x3f));
      store<u8>(buffer + size++, 0x80 | ((point >> 6) & 0x3f));
      store<u8>(buffer + size++, 0x80 | (point & 0x3f));
      at += 2;
    } else escape(code, end - at);
  }
  byte(0x22);
}

/** `left`: bytes of UTF-16 that are to be written from here on, for which there must be room behind. */
function escape(code: i32, left: usize): void {
  switch (code) {
    case 0x22: word("\\\""); break;
    case 0x5c: word("\\\\"); break;
    case 0x0a: word("\\n"); break;
    case 0x0d: word("\\r"); break;
    case 0x09: word("\\t"); break;
    case 0x08: word("\\b"); break;
    case 0x0c: word("\\f"); break;
    default: {
      const hex = code.toString(16);
      word("\\u" + "0000".substring(hex.length) + hex);
    }
  }
  reserve((left >> 1) * 3 + 1);
}
