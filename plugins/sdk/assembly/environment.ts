import { proxy_get_current_time_nanoseconds } from "./host/log";
import { proxy_call_foreign_function, proxy_get_property, proxy_set_property } from "./host/properties";
import { bytesOf, numberOut, pointerOf, pointerOut, sizeOut, takeBytes } from "./memory";

/** Nanoseconds since 1970. */
export function now(): u64 {
  proxy_get_current_time_nanoseconds(numberOut);
  return load<u64>(numberOut);
}

/** A property in its encoding, by path as `["request", "time"]`; null when it is not known (yet). */
export function propertyBytes(path: string[]): ArrayBuffer | null {
  const bytes = bytesOf(path.join("\0"));
  return proxy_get_property(pointerOf(bytes), bytes.byteLength, pointerOut, sizeOut) == 0 ? takeBytes() : null;
}

/** A property that is text, as `["request", "path"]`. */
export function property(path: string[]): string | null {
  const bytes = propertyBytes(path);
  return bytes ? String.UTF8.decode(bytes) : null;
}

/** Later plugins of the same exchange can read it. */
export function setProperty(path: string[], value: string): void {
  const key = bytesOf(path.join("\0"));
  const bytes = bytesOf(value);
  proxy_set_property(pointerOf(key), key.byteLength, pointerOf(bytes), bytes.byteLength);
}

/** A function of the host by its name; null when it failed or is not granted. Needs the capability ForeignFunctions. */
export function callForeign(name: string, argument: ArrayBuffer): ArrayBuffer | null {
  const n = bytesOf(name);
  const status = proxy_call_foreign_function(
    pointerOf(n), n.byteLength, pointerOf(argument), argument.byteLength, pointerOut, sizeOut,
  );
  return status == 0 ? takeBytes() : null;
}
