export enum JsonType { Null, Bool, Number, Text, List, Object }

/** Of the values that are no lists and no objects: most are, and a map for each would cost more than reading the text. */
const noElements: Json[] = [];
const noMembers = new Map<string, Json>();

/** A JSON value; the fields that its type does not use are empty. */
export class Json {
  type: JsonType = JsonType.Null;
  bool: bool = false;
  number: f64 = 0;
  text: string = "";
  list: Json[] = noElements;
  object: Map<string, Json> = noMembers;

  get isText(): bool { return this.type == JsonType.Text; }
  get isObject(): bool { return this.type == JsonType.Object; }

  static ofText(text: string): Json {
    const json = new Json();
    json.type = JsonType.Text;
    json.text = text;
    return json;
  }

  static ofNumber(number: f64): Json {
    const json = new Json();
    json.type = JsonType.Number;
    json.number = number;
    return json;
  }

  static newObject(): Json {
    const json = new Json();
    json.type = JsonType.Object;
    json.object = new Map();
    return json;
  }

  /** The member of that name, or null when this is not an object or has none. */
  get(name: string): Json | null {
    return this.object.has(name) ? this.object.get(name) : null;
  }
}

const maxDepth = 32;

/** RFC 8259. Null when the text is not JSON, or nested deeper than 32. */
export function parseJson(text: string): Json | null {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  return value && reader.at == text.length ? value : null;
}

class Reader {
  at: i32 = 0;
  constructor(private text: string) {}

  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private take(code: i32): bool {
    if (this.peek() != code) return false;
    this.at++;
    return true;
  }

  private word(word: string): bool {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  space(): void {
    while (true) {
      const code = this.peek();
      if (code != 0x20 && code != 0x0a && code != 0x0d && code != 0x09) return;
      this.at++;
    }
  }

  value(depth: i32): Json | null {
    if (depth > maxDepth) return null;
    this.space();
    const json = new Json();
    const code = this.peek();
    if (code == 0x22) {
      json.type = JsonType.Text;
      const text = this.string();
      if (text === null) return null;
      json.text = text;
    } else if (code == 0x7b) {
      json.type = JsonType.Object;
      if (!this.members(json, depth)) return null;
    } else if (code == 0x5b) {
      json.type = JsonType.List;
      if (!this.elements(json, depth)) return null;
    } else if (this.word("true")) {
      json.type = JsonType.Bool;
      json.bool = true;
    } else if (this.word("false")) {
      json.type = JsonType.Bool;
    } else if (!this.word("null")) {
      json.type = JsonType.Number;
      if (!this.digits(json)) return null;
    }
    return json;
  }

  private members(json: Json, depth: i32): bool {
    json.object = new Map();
    this.at++;
    this.space();
    if (this.take(0x7d)) return true;
    do {
      this.space();
      const name = this.string();
      this.space();
      if (name === null || !this.take(0x3a)) return false;
      const value = this.value(depth + 1);
      if (!value) return false;
      json.object.set(name, value);
      this.space();
    } while (this.take(0x2c));
    return this.take(0x7d);
  }

  private elements(json: Json, depth: i32): bool {
    json.list = [];
    this.at++;
    this.space();
    if (this.take(0x5d)) return true;
    do {
      const value = this.value(depth + 1);
      if (!value) return false;
      json.list.push(value);
      this.space();
    } while (this.take(0x2c));
    return this.take(0x5d);
  }

  private digits(json: Json): bool {
    const from = this.at;
    while (true) {
      const code = this.peek();
      const part = (code >= 0x30 && code <= 0x39) || code == 0x2d || code == 0x2b || code == 0x2e || code == 0x65 || code == 0x45;
      if (!part) break;
      this.at++;
    }
    if (this.at == from) return false;
    json.number = parseFloat(this.text.substring(from, this.at));
    return !isNaN(json.number);
  }

  private string(): string | null {
    if (!this.take(0x22)) return null;
    let text = "";
    let from = this.at;
    while (true) {
      const code = this.peek();
      if (code < 0x20) return null;
      if (code == 0x22) {
        text += this.text.substring(from, this.at++);
        return text;
      }
      if (code != 0x5c) {
        this.at++;
        continue;
      }
      text += this.text.substring(from, this.at++);
      const escape = this.peek();
      this.at++;
      if (escape == 0x75) {
        const hex = this.text.substring(this.at, this.at + 4);
        const unit = hex.length == 4 ? parseInt(hex, 16) : NaN;
        if (isNaN(unit)) return null;
        text += String.fromCharCode(<i32>unit);
        this.at += 4;
      } else if (escape == 0x6e) text += "\n";
      else if (escape == 0x74) text += "\t";
      else if (escape == 0x72) text += "\r";
      else if (escape == 0x62) text += "\b";
      else if (escape == 0x66) text += "\f";
      else if (escape == 0x22 || escape == 0x5c || escape == 0x2f) text += String.fromCharCode(escape);
      else return null;
      from = this.at;
    }
  }
}
