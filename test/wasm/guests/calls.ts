/**
 * A plugin that calls out as its configuration says: lines of `CALLBACK VERB ARGUMENTS…`, run in order. What it does and
 * hears is logged: `VERB STATUS TOKEN`, and each callback with its arguments and with what it could read.
 */
// @ts-ignore: decorator
@external("env", "proxy_log")
declare function proxy_log(level: i32, message: usize, size: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(buffer: i32, start: i32, max: i32, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
declare function proxy_get_header_map_value(map: i32, n: usize, nn: i32, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
declare function proxy_send_local_response(code: i32, d: usize, dn: i32, b: usize, bn: i32, p: usize, pn: i32, grpc: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
declare function proxy_set_effective_context(id: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
declare function proxy_continue_stream(type: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_done")
declare function proxy_done(): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_status")
declare function proxy_get_status(code: usize, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_http_call")
declare function proxy_http_call(u: usize, un: i32, h: usize, hn: i32, b: usize, bn: i32, t: usize, tn: i32, timeout: i32, token: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_grpc_call")
declare function proxy_grpc_call(g: usize, gn: i32, s: usize, sn: i32, m: usize, mn: i32, d: usize, dn: i32, b: usize, bn: i32, timeout: i32, token: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_grpc_stream")
declare function proxy_grpc_stream(g: usize, gn: i32, s: usize, sn: i32, m: usize, mn: i32, d: usize, dn: i32, token: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_grpc_send")
declare function proxy_grpc_send(token: i32, b: usize, bn: i32, end: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_grpc_close")
declare function proxy_grpc_close(token: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_grpc_cancel")
declare function proxy_grpc_cancel(token: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_redis_init")
declare function proxy_redis_init(u: usize, un: i32, n: usize, nn: i32, p: usize, pn: i32, timeout: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_redis_call")
declare function proxy_redis_call(u: usize, un: i32, q: usize, qn: i32, token: usize): i32;
// @ts-ignore: decorator
@external("env", "envoy_resolve_dns")
declare function envoy_resolve_dns(n: usize, nn: i32, token: usize): i32;

const out: usize = memory.data(16);
const scripts = new Map<u32, string[]>();
const parents = new Map<u32, u32>();
/** Which stream a token was for. */
const waiting = new Map<u32, u32>();
let lastToken: u32 = 0;

class Bytes {
  constructor(public at: usize, public size: i32) {}
  get text(): string { return String.UTF8.decodeUnsafe(this.at, this.size); }
}

function bytes(text: string): Bytes {
  if (text.startsWith("hex:")) {
    const size = (text.length - 4) / 2;
    const at = heap.alloc(size + 1);
    for (let i = 0; i < size; i++) store<u8>(at + i, <u8>parseInt(text.substr(4 + i * 2, 2), 16));
    return new Bytes(at, size);
  }
  const buffer = String.UTF8.encode(text);
  return new Bytes(changetype<usize>(buffer), buffer.byteLength);
}

function say(text: string): void {
  const line = bytes(text);
  proxy_log(2, line.at, line.size);
}

function pairs(flat: string[]): Bytes {
  const parts: Bytes[] = [];
  let size = 4;
  for (let i = 0; i < flat.length; i++) { parts.push(bytes(flat[i])); size += parts[i].size + 5; }
  const at = heap.alloc(size);
  store<u32>(at, flat.length / 2);
  let lengths = at + 4;
  let to = at + 4 + flat.length * 4;
  for (let i = 0; i < parts.length; i++) {
    store<u32>(lengths, parts[i].size);
    lengths += 4;
    memory.copy(to, parts[i].at, parts[i].size);
    to += parts[i].size;
    store<u8>(to++, 0);
  }
  return new Bytes(at, size);
}

function header(map: i32, name: string): string {
  const n = bytes(name);
  const status = proxy_get_header_map_value(map, n.at, n.size, out, out + 4);
  return status == 0 ? new Bytes(load<u32>(out), load<u32>(out, 4)).text : "?" + status.toString();
}

function buffer(type: i32): string {
  const status = proxy_get_buffer_bytes(type, 0, i32.MAX_VALUE, out, out + 4);
  if (status != 0) return "?" + status.toString();
  const found = new Bytes(load<u32>(out), load<u32>(out, 4));
  return found.size > 100 ? found.size.toString() + " bytes" : found.text;
}

function began(verb: string, status: i32, context: u32): void {
  const token = load<u32>(out);
  if (status == 0) { lastToken = token; waiting.set(token, context); }
  say(verb + " " + status.toString() + " " + (token & 3).toString());
}

/** Redis' own form of a command. */
function resp(words: string[]): Bytes {
  let text = "*" + words.length.toString() + "\r\n";
  for (let i = 0; i < words.length; i++) text += "$" + words[i].length.toString() + "\r\n" + words[i] + "\r\n";
  return bytes(text);
}

/** Returns the action for the host. `token`: of the answer that the callback is about. */
function act(callback: string, context: u32, token: u32, normal: i32): i32 {
  const lines = scripts.get(parents.has(context) ? parents.get(context) : context);
  let result = normal;
  for (let i = 0; i < lines.length; i++) {
    const word = lines[i].split(" ");
    if (word[0] != callback) continue;
    const verb = word[1];
    const name = bytes(word.length > 2 ? word[2] : "");
    if (verb == "pause") result = 1;
    else if (verb == "refuse") result = 0;
    else if (verb == "trap") unreachable();
    else if (verb == "done") proxy_done();
    else if (verb == "resume") { say("effective " + proxy_set_effective_context(waiting.get(token)).toString()); proxy_continue_stream(0); }
    else if (verb == "reply") {
      proxy_set_effective_context(waiting.get(token));
      const body = bytes(word[2]);
      proxy_send_local_response(401, 0, 0, body.at, body.size, 0, 0, -1);
    } else if (verb == "status") {
      const status = proxy_get_status(out + 8, out, out + 4);
      say("status " + status.toString() + " " + load<u32>(out, 8).toString() + " " + new Bytes(load<u32>(out), load<u32>(out, 4)).text);
    } else if (verb == "read") say("read " + buffer(4) + " " + buffer(5) + " " + buffer(9) + " " + header(6, ":status"));
    else if (verb == "http") {
      const head = pairs([":method", word.length > 5 ? "POST" : "GET", ":path", word.length > 4 ? word[4] : "/", ":authority", "callee", "x-from", "guest"]);
      const body = bytes(word.length > 5 ? word[5] : "");
      began("http", proxy_http_call(name.at, name.size, head.at, head.size, body.at, body.size, 0, 0, <i32>parseInt(word[3]), out), context);
    } else if (verb == "without") {
      const all = [":method", "GET", ":path", "/", ":authority", "callee"];
      const left: string[] = [];
      for (let j = 0; j < all.length; j += 2) if (all[j] != word[3]) { left.push(all[j]); left.push(all[j + 1]); }
      const head = pairs(left);
      began("without", proxy_http_call(name.at, name.size, head.at, head.size, 0, 0, 0, 0, 0, out), context);
    } else if (verb == "grpc" || verb == "stream") {
      const slash = word[3].indexOf("/");
      const service = bytes(slash < 0 ? "test.Echo" : word[3].substring(0, slash));
      const method = bytes(word[3].substring(slash + 1));
      const metadata = pairs(["x-from", "guest"]);
      if (verb == "grpc") {
        const message = bytes(word[5]);
        began("grpc", proxy_grpc_call(name.at, name.size, service.at, service.size, method.at, method.size, metadata.at, metadata.size, message.at, message.size, <i32>parseInt(word[4]), out), context);
      } else began("stream", proxy_grpc_stream(name.at, name.size, service.at, service.size, method.at, method.size, metadata.at, metadata.size, out), context);
    } else if (verb == "send") say("send " + proxy_grpc_send(lastToken, name.at, name.size, word.length > 3 ? 1 : 0).toString());
    else if (verb == "close") say("close " + proxy_grpc_close(lastToken).toString());
    else if (verb == "cancel") say("cancel " + proxy_grpc_cancel(lastToken).toString());
    else if (verb == "redis_init") {
      const user = bytes(word.length > 4 ? word[4] : "");
      const password = bytes(word.length > 5 ? word[5] : "");
      say("redis_init " + proxy_redis_init(name.at, name.size, user.at, user.size, password.at, password.size, <i32>parseInt(word[3])).toString());
    } else if (verb == "redis") {
      const query = resp(word.slice(3));
      began("redis", proxy_redis_call(name.at, name.size, query.at, query.size, out), context);
    } else if (verb == "redis_raw") {
      const query = bytes(word[3]);
      began("redis_raw", proxy_redis_call(name.at, name.size, query.at, query.size, out), context);
    } else if (verb == "dns") began("dns", envoy_resolve_dns(name.at, name.size, out), context);
    else say("no verb " + verb);
  }
  return result;
}

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  if (size == 0) unreachable();
  return heap.alloc(size);
}
export function proxy_on_context_create(id: u32, parent: u32): void {
  if (parent != 0) parents.set(id, parent);
}
export function proxy_on_configure(id: u32, size: u32): i32 {
  proxy_get_buffer_bytes(7, 0, size, out, out + 4);
  scripts.set(id, size == 0 ? [] : new Bytes(load<u32>(out), load<u32>(out, 4)).text.split("\n"));
  return act("configure", id, 0, 1);
}
export function proxy_on_request_headers(id: u32, count: u32, end: u32): i32 {
  return act("request_headers", id, 0, 0);
}
export function proxy_on_log(id: u32): void {
  act("log", id, 0, 0);
}
export function proxy_on_done(id: u32): i32 {
  return act(parents.has(id) ? "stream_done" : "done", id, 0, 1);
}
export function proxy_on_delete(id: u32): void {
  if (!parents.has(id)) say("delete root");
  parents.delete(id);
}
export function proxy_on_http_call_response(root: u32, token: u32, headers: u32, body: u32, trailers: u32): void {
  say("http_response " + root.toString() + " " + headers.toString() + " " + body.toString() + " " + trailers.toString() + " " + header(6, ":status") + " " + buffer(4) + " " + header(7, "x-end"));
  act("http_response", root, token, 0);
}
export function proxy_on_grpc_receive_initial_metadata(root: u32, token: u32, count: u32): void {
  say("grpc_initial " + header(4, "x-initial"));
  act("grpc_initial", root, token, 0);
}
export function proxy_on_grpc_receive(root: u32, token: u32, size: u32): void {
  say("grpc_message " + size.toString() + " " + buffer(5));
  act("grpc_message", root, token, 0);
}
export function proxy_on_grpc_receive_trailing_metadata(root: u32, token: u32, count: u32): void {
  say("grpc_trailing " + header(5, "x-trailing"));
  act("grpc_trailing", root, token, 0);
}
export function proxy_on_grpc_close(root: u32, token: u32, status: u32): void {
  say("grpc_close " + status.toString());
  act("grpc_close", root, token, 0);
}
export function proxy_on_redis_call_response(root: u32, token: u32, status: u32, size: u32): void {
  say("redis_response " + status.toString() + " " + buffer(9));
  act("redis_response", root, token, 0);
}
export function envoy_on_resolve_dns(root: u32, token: u32, size: u32): void {
  const status = proxy_get_buffer_bytes(8, 0, size, out, out + 4);
  const at = load<u32>(out);
  const count: u32 = size > 0 ? load<u32>(at) : 0;
  const text = count > 0 ? new Bytes(at + 4 + 4 * count, size - 5 - 4 * count).text : "";
  say("dns_resolved " + status.toString() + " " + count.toString() + " " + text);
  act("dns", root, token, 0);
}
