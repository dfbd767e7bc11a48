import { proxy_send_local_response } from "./host/stream";
import { bytesOf, pointerOf } from "./memory";
import { encodePairs } from "./pairs";

/** Answers the request; return Action.Pause after it. `headers` is [name, value, name, value, …]. */
export function respond(status: i32, headers: string[], body: string, details: string = ""): void {
  const pairs = encodePairs(headers);
  const text = bytesOf(body);
  const why = bytesOf(details);
  proxy_send_local_response(
    status, pointerOf(why), why.byteLength, pointerOf(text), text.byteLength, pointerOf(pairs), pairs.byteLength, -1,
  );
}
