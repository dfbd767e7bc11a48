import {
  proxy_add_header_map_value,
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
} from "./host/headers";
import { knownBytesOf, pointerOf, pointerOut, sizeOut, takeBytes, takeText } from "./memory";
import { decodePairs } from "./pairs";

/** The headers of a message, with `:method`, `:path`, `:authority`, `:scheme` of requests and `:status` of responses. */
export class Headers {
  constructor(private map: i32) {}

  /** The first value, or null. */
  get(name: string): string | null {
    const n = knownBytesOf(name);
    const status = proxy_get_header_map_value(this.map, pointerOf(n), n.byteLength, pointerOut, sizeOut);
    return status == 0 ? takeText() : null;
  }

  add(name: string, value: string): void {
    const n = knownBytesOf(name);
    const v = knownBytesOf(value);
    proxy_add_header_map_value(this.map, pointerOf(n), n.byteLength, pointerOf(v), v.byteLength);
  }

  /** Leaves one field of that name. */
  set(name: string, value: string): void {
    const n = knownBytesOf(name);
    const v = knownBytesOf(value);
    proxy_replace_header_map_value(this.map, pointerOf(n), n.byteLength, pointerOf(v), v.byteLength);
  }

  /** All as [name, value, …]. */
  pairs(): string[] {
    return proxy_get_header_map_pairs(this.map, pointerOut, sizeOut) == 0 ? decodePairs(takeBytes()) : [];
  }

  remove(name: string): void {
    const n = knownBytesOf(name);
    proxy_remove_header_map_value(this.map, pointerOf(n), n.byteLength);
  }
}

/** May be changed in onRequestHeaders. */
export const request = new Headers(0);
/** There from onResponseHeaders on, and may be changed in it. */
export const response = new Headers(2);
/** There when the whole request has come; may be added to in its last onRequestBody. */
export const requestTrailers = new Headers(1);
/** The same of the response. */
export const responseTrailers = new Headers(3);
