import { Json, JsonType } from "./json";

/** The shortest text of a value (RFC 8259). */
export function writeJson(json: Json): string {
  switch (json.type) {
    case JsonType.Null:
      return "null";
    case JsonType.Bool:
      return json.bool ? "true" : "false";
    case JsonType.Number:
      return writeNumber(json.number);
    case JsonType.Text:
      return quote(json.text);
    case JsonType.List: {
      const parts = new Array<string>(json.list.length);
      for (let i = 0; i < parts.length; i++) parts[i] = writeJson(json.list[i]);
      return "[" + parts.join(",") + "]";
    }
    default: {
      const names = json.object.keys();
      const parts = new Array<string>(names.length);
      for (let i = 0; i < names.length; i++) parts[i] = quote(names[i]) + ":" + writeJson(json.object.get(names[i]));
      return "{" + parts.join(",") + "}";
    }
  }
}

/** A whole number has no point. */
function writeNumber(number: f64): string {
  if (number == Math.floor(number) && Math.abs(number) < 9007199254740992) return (<i64>number).toString();
  return number.toString();
}

/** A text with its quotes. Most have nothing to escape: they are copied in one piece. */
export function quote(text: string): string {
  let out = "\"";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code != 0x22 && code != 0x5c) continue;
    out += text.substring(from, i) + escape(code);
    from = i + 1;
  }
  return out + text.substring(from) + "\"";
}

function escape(code: i32): string {
  if (code == 0x22) return "\\\"";
  if (code == 0x5c) return "\\\\";
  if (code == 0x0a) return "\\n";
  if (code == 0x0d) return "\\r";
  if (code == 0x09) return "\\t";
  const hex = code.toString(16);
  return "\\u" + "0000".substring(hex.length) + hex;
}
