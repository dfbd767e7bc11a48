import { Json, JsonType, parsePointer, removeAt, setAt } from "../../../sdk/assembly";

/** `{"set": {POINTER: VALUE}, "remove": [POINTER]}` */
export class Changes {
  private pointers: string[][] = [];
  private values: Json[] = [];
  private removed: string[][] = [];

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
        const parts = parsePointer(pointers[i]);
        if (!parts || parts.length == 0) return false;
        this.pointers.push(parts);
        this.values.push(set.object.get(pointers[i]));
      }
    }
    const remove = json.get("remove");
    if (!remove) return true;
    if (remove.type != JsonType.List) return false;
    for (let i = 0; i < remove.list.length; i++) {
      const parts = parsePointer(remove.list[i].text);
      if (!parts || parts.length == 0) return false;
      this.removed.push(parts);
    }
    return true;
  }

  apply(body: Json): void {
    for (let i = 0; i < this.pointers.length; i++) setAt(body, this.pointers[i], this.values[i]);
    for (let i = 0; i < this.removed.length; i++) removeAt(body, this.removed[i]);
  }
}
