import { dtoa_buffered, itoa_buffered } from "util/number";
import { Json, JsonType } from "./json";

/** Of a number, in bytes. */
const longest: usize = 64;

/** Where texts are made, in UTF-16. Kept from one to the next: most plugins write about as much each time. */
let buffer: usize = 0;
let capacity: usize = 0;
let size: usize = 0;

/** The shortest text of a value (RFC 8259). */
export function writeJson(json: Json): string {
  size = 0;
  write(json);
  return String.UTF16.decodeUnsafe(buffer, size);
}

/** A text with its quotes. */
export function quote(text: string): string {
  size = 0;
  writeText(text);
  return String.UTF16.decodeUnsafe(buffer, size);
}

function write(json: Json): void {
  switch (json.type) {
    case JsonType.Null: return word("null");
    case JsonType.Bool: return word(json.bool ? "true" : "false");
    case JsonType.Number: return writeNumber(json.number);
    case JsonType.Text: return writeText(json.text);
    case JsonType.List: {
      const list = json.list;
      unit(0x5b);
      for (let i = 0; i < list.length; i++) {
        if (i > 0) unit(0x2c);
        write(unchecked(list[i]));
      }
      return unit(0x5d);
    }
    default: {
      const members = json.object;
      unit(0x7b);
      for (let i = 0; i < members.size; i++) {
        if (i > 0) unit(0x2c);
        writeText(members.name(i));
        unit(0x3a);
        write(members.value(i));
      }
      unit(0x7d);
    }
  }
}

/** Room for so many bytes more. */
function reserve(bytes: usize): void {
  if (size + bytes <= capacity) return;
  capacity = max(max(capacity * 2, size + bytes), 1024);
  buffer = buffer == 0 ? heap.alloc(capacity) : heap.realloc(buffer, capacity);
}

function unit(code: i32): void {
  reserve(2);
  store<u16>(buffer + size, code);
  size += 2;
}

function copy(from: usize, to: usize): void {
  reserve(to - from);
  memory.copy(buffer + size, from, to - from);
  size += to - from;
}

function word(text: string): void {
  const from = changetype<usize>(text);
  copy(from, from + (<usize>text.length << 1));
}

/** A whole number has no point, and what is no number of JSON is null, as in JavaScript. */
function writeNumber(number: f64): void {
  if (!isFinite(number)) return word("null");
  reserve(longest);
  const at = buffer + size;
  if (number == Math.floor(number) && Math.abs(number) < 9007199254740992) {
    size += <usize>itoa_buffered<i64>(at, <i64>number) << 1;
    return;
  }
  size += <usize>dtoa_buffered<f64>(at, number) << 1;
  if (load<u32>(buffer + size - 4) == 0x0030_002e) size -= 4;
}

/** What needs no escape is copied in pieces as large as they come. Half a surrogate pair has no UTF-8: it stays an escape. */
function writeText(text: string): void {
  let at = changetype<usize>(text);
  const end = at + (<usize>text.length << 1);
  let from = at;
  unit(0x22);
  while (at < end) {
    const code = load<u16>(at);
    if (code >= 0x20 && code != 0x22 && code != 0x5c && (code & 0xf800) != 0xd800) {
      at += 2;
    } else if ((code & 0xfc00) == 0xd800 && at + 2 < end && (load<u16>(at, 2) & 0xfc00) == 0xdc00) {
      at += 4;
    } else {
      copy(from, at);
      escape(code);
      at += 2;
      from = at;
    }
  }
  copy(from, end);
  unit(0x22);
}

function escape(code: i32): void {
  switch (code) {
    case 0x22: return word("\\\"");
    case 0x5c: return word("\\\\");
    case 0x0a: return word("\\n");
    case 0x0d: return word("\\r");
    case 0x09: return word("\\t");
    case 0x08: return word("\\b");
    case 0x0c: return word("\\f");
    default: {
      const hex = code.toString(16);
      word("\\u" + "0000".substring(hex.length) + hex);
    }
  }
}
