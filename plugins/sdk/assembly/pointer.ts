import { Json } from "./json";

/** The members that a JSON Pointer names (RFC 6901): `/a~1b/c` is ["a/b", "c"]. Null when it is none. */
export function parsePointer(pointer: string): string[] | null {
  if (pointer == "") return [];
  if (!pointer.startsWith("/")) return null;
  const parts = pointer.substring(1).split("/");
  for (let i = 0; i < parts.length; i++)
    if (parts[i].includes("~")) parts[i] = parts[i].replaceAll("~1", "/").replaceAll("~0", "~");
  return parts;
}

/** The value there, or null. */
export function valueAt(json: Json, parts: string[], count: i32 = parts.length): Json | null {
  let at: Json | null = json;
  for (let i = 0; i < count && at; i++) {
    if (!at.isList) at = at.get(parts[i]);
    else {
      const index = indexOf(parts[i]);
      at = index >= 0 && index < at.list.length ? at.list[index] : null;
    }
  }
  return at;
}

function holderOf(json: Json, parts: string[]): Json | null {
  if (parts.length == 0) return null;
  return valueAt(json, parts, parts.length - 1);
}

/** Makes the last member, not those before it; `-` is the end of a list. */
export function setAt(json: Json, parts: string[], value: Json): void {
  const last = parts.length - 1;
  const holder = holderOf(json, parts);
  if (!holder) return;
  if (holder.isObject) holder.object.set(parts[last], value);
  if (!holder.isList) return;
  const index = parts[last] == "-" ? holder.list.length : indexOf(parts[last]);
  if (index == holder.list.length) holder.list.push(value);
  else if (index >= 0 && index < holder.list.length) holder.list[index] = value;
}

export function removeAt(json: Json, parts: string[]): void {
  const last = parts.length - 1;
  const holder = holderOf(json, parts);
  if (!holder) return;
  if (holder.isObject) holder.object.delete(parts[last]);
  if (!holder.isList) return;
  const index = indexOf(parts[last]);
  if (index >= 0 && index < holder.list.length) holder.list.splice(index, 1);
}

/** Of an element; -1 where the member is not one. */
function indexOf(part: string): i32 {
  if (part.length == 0 || part.length > 9 || (part.length > 1 && part.startsWith("0"))) return -1;
  let index = 0;
  for (let i = 0; i < part.length; i++) {
    const digit = part.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index;
}
