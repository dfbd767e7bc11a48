import { Members } from "./json-members";

export enum JsonType { Null, Bool, Number, Text, List, Object }

/** Of the values that are no lists and no objects: most are, and holders of their own would cost more than reading the text. */
const noElements: Json[] = [];
const noMembers = new Members();

/** A JSON value; the fields that its type does not use are empty. Numbers are doubles, as in JavaScript. */
export class Json {
  type: JsonType = JsonType.Null;
  bool: bool = false;
  number: f64 = 0;
  text: string = "";
  list: Json[] = noElements;
  object: Members = noMembers;

  get isText(): bool { return this.type == JsonType.Text; }
  get isList(): bool { return this.type == JsonType.List; }
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

  static newList(): Json {
    const json = new Json();
    json.type = JsonType.List;
    json.list = [];
    return json;
  }

  static newObject(): Json {
    const json = new Json();
    json.type = JsonType.Object;
    json.object = new Members();
    return json;
  }

  /** The member of that name, or null when this is not an object or has none. */
  get(name: string): Json | null {
    return this.object.find(name);
  }
}
