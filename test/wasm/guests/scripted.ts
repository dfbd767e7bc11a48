/**
 * A plugin that does what its configuration says, without the SDK: words split by spaces, each `CALLBACK:ACTION`. Every
 * callback is logged as `NAME A B C`, so that a test sees their order. Actions: trap, grow (memory, for ever), exit, pause,
 * wild (an action that does not exist), refuse, recurse, spin (for ever), toil (some milliseconds), reply, continue, resume, done, split, nopath, header.
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
@external("env", "proxy_continue_stream")
declare function proxy_continue_stream(type: i32): i32;
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

function removal(map: i32, name: string): void {
  const n = String.UTF8.encode(name);
  proxy_remove_header_map_value(map, changetype<usize>(n), n.byteLength);
}


function endless(n: i32): i32 {
  return endless(n + 1) + load<u8>(<usize>(n & 1023));
}

let toiled: u64 = 0;

/** Returns the action for the host. */
function act(callback: string, context: u32, normal: i32): i32 {
  const root = parents.has(context) ? parents.get(context) : context;
  const words = (scripts.has(root) ? scripts.get(root) : "").split(" ");
  let result = normal;
  for (let i = 0; i < words.length; i++) {
    const at = words[i].indexOf(":");
    if (at < 0 || words[i].substring(0, at) != callback) continue;
    const action = words[i].substring(at + 1);
    if (action == "trap") unreachable();
    else if (action == "exit") proc_exit(7);
    else if (action == "recurse") endless(1);
    else if (action == "spin") while (true) toiled++;
    else if (action == "toil") for (let k = 0; k < 10000000; k++) toiled = toiled * 31 + k;
    else if (action == "grow") while (true) { if (memory.grow(256) < 0) unreachable(); }
    else if (action == "pause") { paused = context; result = 1; }
    else if (action == "wild") result = 77;
    else if (action == "refuse" || action == "false") result = 0;
    else if (action == "reply") { const body = String.UTF8.encode("made here"); proxy_send_local_response(418, 0, 0, changetype<usize>(body), body.byteLength, 0, 0, -1); }
    else if (action == "continue") proxy_continue_stream(0);
    else if (action == "resume") { proxy_set_effective_context(paused); proxy_continue_stream(0); }
    else if (action == "done") proxy_done();
    else if (action == "split") header(0, "x-split", "a\r\nx-smuggled: b");
    else if (action == "nopath") removal(0, ":path");
    else if (action == "header") header(callback == "request_headers" ? 0 : 2, "x-from", "scripted");
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
