import { proxy_get_buffer_bytes } from "./host/buffers";
import { Headers } from "./headers";
import { pointerOut, sizeOut, takeText } from "./memory";

const callResponseHeaders = 6;
const callResponseBody = 4;

/** The answer to a call; can be read in its callback only. */
export class CallResponse {
  headers: Headers = new Headers(callResponseHeaders);

  /** `bodySize` in bytes. Without headers the call did not come about. */
  constructor(private count: u32, public bodySize: u32) {}

  /** 0 when there was no answer at all. 503 and 504 may come from the host: not reachable, too late. */
  get status(): i32 {
    if (this.count == 0) return 0;
    const text = this.headers.get(":status");
    return text ? I32.parseInt(text) : 0;
  }

  text(): string {
    const status = proxy_get_buffer_bytes(callResponseBody, 0, this.bodySize, pointerOut, sizeOut);
    return status == 0 ? takeText() : "";
  }
}
