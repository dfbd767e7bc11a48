/**
 * A plugin that does what its configuration says, without the SDK: words split by spaces, each `CALLBACK:ACTION`. Every
 * callback is logged as `NAME A B C`, so that a test sees their order. Actions: trap, grow (memory, for ever), exit, pause,
 * wild (an action that does not exist), refuse, recurse, spin (for ever), toil (some milliseconds), swell (memory, by a page), inflate (a body, to 40 MB), inject_much (40 MB), bomb (memory, written to), huge (a reply of 17 MiB), reply, continue,
 * resume, done, split, nopath, header, crowd (5 MB of headers), close.
 * Body callbacks are also called by the names `request_body_part` and `request_body_end` (and so for responses), and know
 * watermark, drop, read (logs the body), prepend=TEXT, append=TEXT, replace=TEXT, trailer and bad_trailer. A callback with an action
 * that ends in `_paused` does it to the stream that paused last.
 */
// @ts-ignore: decorator
@external("env", "proxy_log")
declare function proxy_log(level: i32, message: usize, size: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(buffer: i32, start: i32, max: i32, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
declare function proxy_send_local_response(code: i32, d: usize, dn: i32, b: usize, bn: i32, p: usize, pn: i32, grpc: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value")
declare function proxy_replace_header_map_value(map: i32, n: usize, nn: i32, v: usize, vn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value")
declare function proxy_remove_header_map_value(map: i32, n: usize, nn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
declare function proxy_set_effective_context(id: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_property")
declare function proxy_set_property(p: usize, pn: i32, v: usize, vn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
declare function proxy_continue_stream(type: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_close_stream")
declare function proxy_close_stream(type: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
declare function proxy_set_buffer_bytes(buffer: i32, start: i32, size: i32, p: usize, n: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
declare function proxy_add_header_map_value(map: i32, n: usize, nn: i32, v: usize, vn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
declare function proxy_get_header_map_value(map: i32, n: usize, nn: i32, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_inject_encoded_data_to_filter_chain")
declare function proxy_inject_encoded_data_to_filter_chain(p: usize, n: i32, end: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_done")
declare function proxy_done(): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;

const out: usize = memory.data(8);
const scripts = new Map<u32, string>();
const parents = new Map<u32, u32>();
let paused: u32 = 0;

function say(text: string): void {
  const bytes = String.UTF8.encode(text);
  proxy_log(2, changetype<usize>(bytes), bytes.byteLength);
}

function header(map: i32, name: string, value: string): void {
  const n = String.UTF8.encode(name);
  const v = String.UTF8.encode(value);
  proxy_replace_header_map_value(map, changetype<usize>(n), n.byteLength, changetype<usize>(v), v.byteLength);
}

function property(path: string, value: string): void {
  const p = String.UTF8.encode(path);
  const v = String.UTF8.encode(value);
  proxy_set_property(changetype<usize>(p), p.byteLength, changetype<usize>(v), v.byteLength);
}

function removal(map: i32, name: string): void {
  const n = String.UTF8.encode(name);
  proxy_remove_header_map_value(map, changetype<usize>(n), n.byteLength);
}

function trailer(map: i32, value: string): void {
  const n = String.UTF8.encode("x-made");
  const v = String.UTF8.encode(value);
  say("trailer " + proxy_add_header_map_value(map, changetype<usize>(n), n.byteLength, changetype<usize>(v), v.byteLength).toString());
}

function readTrailer(map: i32): void {
  const n = String.UTF8.encode("x-sum");
  const answer = proxy_get_header_map_value(map, changetype<usize>(n), n.byteLength, out, out + 4);
  say("x-sum " + answer.toString() + " " + (answer == 0 ? String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out, 4)) : ""));
}

function splice(buffer: i32, start: i32, size: i32, text: string): void {
  const bytes = String.UTF8.encode(text);
  const answer = proxy_set_buffer_bytes(buffer, start, size, changetype<usize>(bytes), bytes.byteLength);
  if (answer != 0) say("set_buffer " + answer.toString());
}

function read(buffer: i32): void {
  const answer = proxy_get_buffer_bytes(buffer, 0, 0x7fffffff, out, out + 4);
  say("body " + answer.toString() + " " + (load<u32>(out, 4) > 0 ? String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out, 4)) : ""));
}

function inject(text: string, end: i32): void {
  const bytes = String.UTF8.encode(text);
  proxy_inject_encoded_data_to_filter_chain(changetype<usize>(bytes), bytes.byteLength, end);
}

function reply(): void {
  const body = String.UTF8.encode("made here");
  proxy_send_local_response(418, 0, 0, changetype<usize>(body), body.byteLength, 0, 0, -1);
}

function endless(n: i32): i32 {
  return endless(n + 1) + load<u8>(<usize>(n & 1023));
}

let toiled: u64 = 0;

/** Returns the action for the host. */
function act(callback: string, context: u32, normal: i32): i32 {
  const root = parents.has(context) ? parents.get(context) : context;
  const words = (scripts.has(root) ? scripts.get(root) : "").split(" ");
  const way = callback.startsWith("response") ? 1 : 0;
  let result = normal;
  for (let i = 0; i < words.length; i++) {
    const at = words[i].indexOf(":");
    if (at < 0 || words[i].substring(0, at) != callback) continue;
    const action = words[i].substring(at + 1);
    if (action == "trap") unreachable();
    else if (action == "exit") proc_exit(7);
    else if (action == "recurse") endless(1);
    else if (action == "swell") memory.grow(1);
    else if (action == "bomb") {
      while (true) {
        const at: usize = <usize>memory.size() << 16;
        if (memory.grow(16) < 0) unreachable();
        memory.fill(at, 1, 16 << 16);
      }
    }
    else if (action == "huge") proxy_send_local_response(418, 0, 0, heap.alloc(17 << 20), 17 << 20, 0, 0, -1);
    else if (action == "spin") while (true) toiled++;
    else if (action == "toil") for (let k = 0; k < 10000000; k++) toiled = toiled * 31 + k;
    else if (action == "grow") while (true) { if (memory.grow(256) < 0) unreachable(); }
    else if (action == "pause") { paused = context; result = 1; }
    else if (action == "wild") result = 77;
    else if (action == "refuse" || action == "false") result = 0;
    else if (action == "reply") reply();
    else if (action == "watermark") { paused = context; result = 2; }
    else if (action == "drop") { paused = context; result = 3; }
    else if (action == "close") proxy_close_stream(way);
    else if (action == "read") read(way);
    else if (action == "trailer") trailer(way == 0 ? 1 : 3, "trailer");
    else if (action == "bad_trailer") trailer(way == 0 ? 1 : 3, "line\nbreak");
    else if (action == "read_trailer") readTrailer(way == 0 ? 1 : 3);
    else if (action == "status") header(2, ":status", "207");
    else if (action == "nolength") removal(way == 0 ? 0 : 2, "content-length");
    else if (action == "continue_response") proxy_continue_stream(1);
    else if (action == "resume_response") { proxy_set_effective_context(paused); proxy_continue_stream(1); }
    else if (action == "reply_paused") { proxy_set_effective_context(paused); reply(); }
    else if (action == "close_paused") { proxy_set_effective_context(paused); proxy_close_stream(0); }
    else if (action.startsWith("inject=")) inject(action.substring(7), 0);
    else if (action == "inject_much") { const million = "0123456789".repeat(100000); for (let n = 0; n < 40; n++) inject(million, 0); }
    else if (action == "inject_much_paused") { const million = "0123456789".repeat(100000); proxy_set_effective_context(paused); for (let n = 0; n < 40; n++) inject(million, 0); }
    else if (action.startsWith("inject_end=")) inject(action.substring(11), 1);
    else if (action.startsWith("prepend=")) splice(way, 0, 0, action.substring(8));
    else if (action.startsWith("append=")) splice(way, -1, 0, action.substring(7));
    else if (action.startsWith("replace=")) splice(way, 0, 0x7fffffff, action.substring(8));
    else if (action.startsWith("replace_paused=")) { proxy_set_effective_context(paused); splice(0, 0, 0x7fffffff, action.substring(15)); }
    else if (action.startsWith("replace_response_paused=")) { proxy_set_effective_context(paused); splice(1, 0, 0x7fffffff, action.substring(24)); }
    else if (action == "inflate") { const million = "0123456789".repeat(100000); for (let n = 0; n < 40; n++) splice(way, -1, 0, million); }
    else if (action == "continue") proxy_continue_stream(0);
    else if (action == "resume") { proxy_set_effective_context(paused); proxy_continue_stream(0); }
    else if (action == "done") proxy_done();
    else if (action == "split") header(0, "x-split", "a\r\nx-smuggled: b");
    else if (action == "nopath") removal(0, ":path");
    else if (action == "rebuild") property("wasm_need_rebuild", "true");
    else if (action == "crowd") { const kilobyte = "x".repeat(1000); for (let n = 0; n < 5000; n++) header(way == 0 ? 0 : 2, "x-" + n.toString(), kilobyte); }
    else if (action == "header") header(way == 0 ? 0 : 2, "x-from", "scripted");
  }
  return result;
}

export function proxy_abi_version_0_2_0(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  if (size == 0) unreachable();
  return heap.alloc(size);
}
export function proxy_on_context_create(id: u32, parent: u32): void {
  if (parent != 0) parents.set(id, parent);
  say("context_create " + id.toString() + " " + parent.toString());
  act("context_create", id, 0);
}
export function proxy_on_vm_start(id: u32, size: u32): i32 {
  say("vm_start " + id.toString() + " " + size.toString());
  return 1;
}
export function proxy_on_configure(id: u32, size: u32): i32 {
  say("configure " + id.toString() + " " + size.toString());
  if (size > 0 && proxy_get_buffer_bytes(7, 0, size, out, out + 4) == 0) {
    scripts.set(id, String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out, 4)));
  }
  return act("configure", id, 1);
}
export function proxy_on_request_headers(id: u32, count: u32, end: u32): i32 {
  say("request_headers " + id.toString() + " " + count.toString() + " " + end.toString());
  return act("request_headers", id, 0);
}
export function proxy_on_response_headers(id: u32, count: u32, end: u32): i32 {
  say("response_headers " + id.toString() + " " + count.toString() + " " + end.toString());
  return act("response_headers", id, 0);
}
function body(callback: string, id: u32, size: u32, end: u32): i32 {
  say(callback + " " + id.toString() + " " + size.toString() + " " + end.toString());
  const action = act(callback, id, 0);
  const more = act(callback + (end ? "_end" : "_part"), id, 0);
  return max(action, more);
}

export function proxy_on_request_body(id: u32, size: u32, end: u32): i32 {
  return body("request_body", id, size, end);
}
export function proxy_on_response_body(id: u32, size: u32, end: u32): i32 {
  return body("response_body", id, size, end);
}
export function proxy_on_request_trailers(id: u32, count: u32): i32 {
  say("request_trailers " + id.toString() + " " + count.toString());
  return act("request_trailers", id, 0);
}
export function proxy_on_response_trailers(id: u32, count: u32): i32 {
  say("response_trailers " + id.toString() + " " + count.toString());
  return act("response_trailers", id, 0);
}

export function proxy_on_log(id: u32): void {
  say("log " + id.toString());
  act("log", id, 0);
}
export function proxy_on_done(id: u32): i32 {
  say("done " + id.toString());
  return act("done", id, 1);
}
export function proxy_on_delete(id: u32): void {
  say("delete " + id.toString());
  act("delete", id, 0);
  parents.delete(id);
}
