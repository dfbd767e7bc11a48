import { callForeign } from "./environment";
import { Json } from "./json";
import { parseJsonBytes } from "./json-reader";
import { writeJsonBytes } from "./json-writer";
import { bytesOf, textOf } from "./memory";

/**
 * The message of the callback as JSON, in one piece or field by field: foreign functions of Loom that other hosts do not have.
 * A request is {"method", "path", "authority", "scheme", "headers": {NAME: VALUE or [VALUE, …]}, "body"}, a response
 * {"status", "headers", "body"}. `body` is there in body callbacks: JSON as such, other text as text. Needs the capability
 * ForeignFunctions, and RequestBody or ResponseBody for bodies; headers that are not granted are not there.
 */

/** All of it; null when the host has no such function. */
export function readMessage(): Json | null {
  const bytes = callForeign("loom.message.read", new ArrayBuffer(0));
  return bytes ? parseJsonBytes(bytes) : null;
}

/** What it should be: headers that are left out go, other values are changed. False when the host refuses it. */
export function writeMessage(message: Json): bool {
  return callForeign("loom.message.write", writeJsonBytes(message)) !== null;
}

/** One value by JSON Pointer (RFC 6901), as `/body/user/name`, in JSON; null when there is none. */
export function readField(pointer: string): string | null {
  const bytes = callForeign("loom.field.read", bytesOf(pointer));
  return bytes ? textOf(bytes) : null;
}

/** One text by JSON Pointer; null when there is none, or it is no text. */
export function readText(pointer: string): string | null {
  const bytes = callForeign("loom.field.read", bytesOf(pointer));
  const json = bytes ? parseJsonBytes(bytes) : null;
  return json && json.isText ? json.text : null;
}

/** Sets a value, given in JSON: makes the last member of the pointer, not those before it. */
export function writeField(pointer: string, json: string): bool {
  return callForeign("loom.field.write", bytesOf(pointer + "\0" + json)) !== null;
}

export function removeField(pointer: string): bool {
  return callForeign("loom.field.remove", bytesOf(pointer)) !== null;
}
