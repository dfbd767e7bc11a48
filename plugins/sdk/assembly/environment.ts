import { proxy_get_current_time_nanoseconds, proxy_get_property } from "./host";
import { bytesOf, pointerOf, pointerOut, sizeOut, takeText } from "./memory";

const timeOut: usize = memory.data(8, 8);

/** Nanoseconds since 1970. */
export function now(): u64 {
  proxy_get_current_time_nanoseconds(timeOut);
  return load<u64>(timeOut);
}

/** A property that is text, as `["request", "path"]`; null when it is not known (yet). */
export function property(path: string[]): string | null {
  const bytes = bytesOf(path.join("\0"));
  return proxy_get_property(pointerOf(bytes), bytes.byteLength, pointerOut, sizeOut) == 0 ? takeText() : null;
}
