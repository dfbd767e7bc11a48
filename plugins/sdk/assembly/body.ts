import { proxy_get_buffer_bytes, proxy_set_buffer_bytes } from "./host/buffers";
import { Json } from "./json";
import { parseJsonBytes } from "./json-reader";
import { writeJsonBytes } from "./json-writer";
import { bytesOf, pointerOf, pointerOut, sizeOut, takeBytes, textOf } from "./memory";

/** The piece of a body that its callback is about, or all that Action.Pause has collected. Only in that callback. */
export class Body {
  constructor(private buffer: i32) {}

  bytes(): ArrayBuffer {
    const status = proxy_get_buffer_bytes(this.buffer, 0, i32.MAX_VALUE, pointerOut, sizeOut);
    return status == 0 ? takeBytes() : new ArrayBuffer(0);
  }

  text(): string {
    return textOf(this.bytes());
  }

  /** Null when it is not JSON. */
  json(): Json | null {
    return parseJsonBytes(this.bytes());
  }

  replace(bytes: ArrayBuffer): void {
    proxy_set_buffer_bytes(this.buffer, 0, i32.MAX_VALUE, pointerOf(bytes), bytes.byteLength);
  }

  replaceText(text: string): void {
    this.replace(bytesOf(text));
  }

  replaceJson(json: Json): void {
    this.replace(writeJsonBytes(json));
  }

  prepend(bytes: ArrayBuffer): void {
    proxy_set_buffer_bytes(this.buffer, 0, 0, pointerOf(bytes), bytes.byteLength);
  }

  append(bytes: ArrayBuffer): void {
    proxy_set_buffer_bytes(this.buffer, i32.MAX_VALUE, 0, pointerOf(bytes), bytes.byteLength);
  }
}

export const requestBody = new Body(0);
export const responseBody = new Body(1);
