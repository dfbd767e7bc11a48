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

/** The value that holds the last member; null when one on the way is no object. */
function holderOf(json: Json, parts: string[]): Json | null {
  let at: Json | null = json;
  for (let i = 0; i < parts.length - 1 && at; i++) at = at.get(parts[i]);
  return at && at.isObject ? at : null;
}

/** Makes the last member, not those before it. */
export function setAt(json: Json, parts: string[], value: Json): void {
  const holder = holderOf(json, parts);
  if (holder && parts.length > 0) holder.object.set(parts[parts.length - 1], value);
}

export function removeAt(json: Json, parts: string[]): void {
  const holder = holderOf(json, parts);
  if (holder && parts.length > 0) holder.object.delete(parts[parts.length - 1]);
}
