import { proxy_send_local_response } from "./host";
import { bytesOf, pointerOf } from "./memory";

/** Answers the request; return Action.Pause after it. `headers` is [name, value, name, value, …]. */
export function respond(status: i32, headers: string[], body: string, details: string = ""): void {
  const pairs = encodePairs(headers);
  const text = bytesOf(body);
  const why = bytesOf(details);
  proxy_send_local_response(
    status, pointerOf(why), why.byteLength, pointerOf(text), text.byteLength, pointerOf(pairs), pairs.byteLength, -1,
  );
}

/** The ABI's form of pairs: count, lengths, then each text with a NUL. */
function encodePairs(flat: string[]): ArrayBuffer {
  const texts = flat.map<ArrayBuffer>((text) => bytesOf(text));
  let size = 4;
  for (let i = 0; i < texts.length; i++) size += texts[i].byteLength + 5;
  const bytes = new ArrayBuffer(size);
  const start = pointerOf(bytes);
  store<u32>(start, flat.length / 2);
  let to = start + 4 + 4 * texts.length;
  for (let i = 0; i < texts.length; i++) {
    const length = texts[i].byteLength;
    store<u32>(start + 4 + 4 * i, length);
    memory.copy(to, pointerOf(texts[i]), length);
    to += length + 1;
  }
  return bytes;
}
