import { Members } from "./json-members";
import { readElements, readMembers, readNumber, readText } from "./json-reader";

export enum JsonType { Null, Bool, Number, Text, List, Object }

const noElements: Json[] = [];
const noMembers = new Members();

/**
 * A JSON value. One that was read stays in the bytes that it came in until somebody looks into it, and is written from there:
 * what a plugin does not look at costs it little, and goes on as it was. Numbers are doubles, as in JavaScript.
 */
export class Json {
  /** The bytes it was read from, and where its text begins and ends in memory. Null when it is written from its fields. */
  source: ArrayBuffer | null = null;
  private string: string | null = null;
  private double: f64 = NaN;
  private elements: Json[] | null = null;
  private members: Members | null = null;

  constructor(public type: JsonType = JsonType.Null, public from: usize = 0, public to: usize = 0) {}

  static ofText(text: string): Json {
    const json = new Json(JsonType.Text);
    json.string = text;
    return json;
  }

  static ofNumber(number: f64): Json {
    const json = new Json(JsonType.Number);
    json.double = number;
    return json;
  }

  static ofBool(bool: bool): Json {
    const json = new Json(JsonType.Bool);
    json.double = bool ? 1 : 0;
    return json;
  }

  static newList(): Json {
    const json = new Json(JsonType.List);
    json.elements = [];
    return json;
  }

  static newObject(): Json {
    const json = new Json(JsonType.Object);
    json.members = new Members();
    return json;
  }

  get isText(): bool { return this.type == JsonType.Text; }
  get isList(): bool { return this.type == JsonType.List; }
  get isObject(): bool { return this.type == JsonType.Object; }

  /** The value of a truth, a number, a text, a list, an object; of other types something empty. */
  get bool(): bool {
    return this.type == JsonType.Bool && (this.source ? load<u8>(this.from) == 0x74 : this.double == 1);
  }

  get number(): f64 {
    if (this.type != JsonType.Number) return 0;
    if (isNaN(this.double)) this.double = readNumber(this.from, this.to);
    return this.double;
  }

  get text(): string {
    if (this.type != JsonType.Text) return "";
    let text = this.string;
    if (text === null) this.string = text = readText(this.from, this.to);
    return text;
  }

  get list(): Json[] {
    if (this.type != JsonType.List) return noElements;
    let elements = this.elements;
    if (!elements) {
      this.elements = elements = readElements(this);
      this.source = null;
    }
    return elements;
  }

  get object(): Members {
    if (this.type != JsonType.Object) return noMembers;
    let members = this.members;
    if (!members) {
      this.members = members = readMembers(this);
      this.source = null;
    }
    return members;
  }

  /** The member of that name, or null when this is not an object or has none. */
  get(name: string): Json | null {
    return this.object.find(name);
  }
}
