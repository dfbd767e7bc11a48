import { Json, JsonType, parsePointer, removeField, writeField, writeJson } from "../../../sdk/assembly";

/** `{"set": {POINTER: VALUE}, "remove": [POINTER]}`, kept as the host takes it. */
export class Changes {
  private pointers: string[] = [];
  private values: string[] = [];
  private removed: string[] = [];

  get empty(): bool { return this.pointers.length + this.removed.length == 0; }

  /** False when a member has another type, or a pointer is none. */
  read(json: Json | null): bool {
    if (!json) return true;
    if (!json.isObject) return false;
    const set = json.get("set");
    if (set) {
      if (!set.isObject) return false;
      const pointers = set.object.keys();
      for (let i = 0; i < pointers.length; i++) {
        if (!valid(pointers[i])) return false;
        this.pointers.push("/body" + pointers[i]);
        this.values.push(writeJson(set.object.get(pointers[i])));
      }
    }
    const remove = json.get("remove");
    if (!remove) return true;
    if (remove.type != JsonType.List) return false;
    for (let i = 0; i < remove.list.length; i++) {
      if (!valid(remove.list[i].text)) return false;
      this.removed.push("/body" + remove.list[i].text);
    }
    return true;
  }

  apply(): void {
    for (let i = 0; i < this.pointers.length; i++) writeField(this.pointers[i], this.values[i]);
    for (let i = 0; i < this.removed.length; i++) removeField(this.removed[i]);
  }
}

function valid(pointer: string): bool {
  const parts = parsePointer(pointer);
  return parts != null && parts.length > 0;
}
