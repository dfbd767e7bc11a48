/**
 * A plugin that makes the calls which its configuration lists and logs what each answered, so that two hosts can be compared.
 * A line is `CALLBACK OPERATION ARGUMENT…`; the last argument of an operation takes the rest of the line, `\0` and `\n` in it
 * are those bytes. Callbacks are start, configure, request_headers, request_body, request_trailers, response_headers,
 * response_body, response_trailers, call, tick, queue, log, done; `request_body_end` and `response_body_end` are their last
 * ones. Everything is logged as `@ CALLBACK …`.
 */
// @ts-ignore: decorator
@external("env", "proxy_log")
declare function proxy_log(level: i32, p: usize, n: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_log_level")
declare function proxy_get_log_level(out: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_current_time_nanoseconds")
declare function proxy_get_current_time_nanoseconds(out: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_tick_period_milliseconds")
declare function proxy_set_tick_period_milliseconds(ms: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
declare function proxy_set_effective_context(id: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_done")
declare function proxy_done(): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_status")
declare function proxy_get_status(code: usize, p: usize, n: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_property")
declare function proxy_get_property(k: usize, kn: i32, p: usize, n: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_property")
declare function proxy_set_property(k: usize, kn: i32, v: usize, vn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(b: i32, start: i32, max: i32, p: usize, n: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_status")
declare function proxy_get_buffer_status(b: i32, n: usize, flags: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
declare function proxy_set_buffer_bytes(b: i32, start: i32, size: i32, p: usize, n: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_size")
declare function proxy_get_header_map_size(m: i32, n: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs")
declare function proxy_get_header_map_pairs(m: i32, p: usize, n: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_header_map_pairs")
declare function proxy_set_header_map_pairs(m: i32, p: usize, n: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
declare function proxy_get_header_map_value(m: i32, k: usize, kn: i32, p: usize, n: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
declare function proxy_add_header_map_value(m: i32, k: usize, kn: i32, v: usize, vn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value")
declare function proxy_replace_header_map_value(m: i32, k: usize, kn: i32, v: usize, vn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value")
declare function proxy_remove_header_map_value(m: i32, k: usize, kn: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
declare function proxy_continue_stream(type: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_close_stream")
declare function proxy_close_stream(type: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
declare function proxy_send_local_response(code: i32, d: usize, dn: i32, b: usize, bn: i32, h: usize, hn: i32, grpc: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_http_call")
declare function proxy_http_call(u: usize, un: i32, h: usize, hn: i32, b: usize, bn: i32, t: usize, tn: i32, ms: i32, token: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_shared_data")
declare function proxy_get_shared_data(k: usize, kn: i32, p: usize, n: usize, cas: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
declare function proxy_set_shared_data(k: usize, kn: i32, v: usize, vn: i32, cas: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_register_shared_queue")
declare function proxy_register_shared_queue(k: usize, kn: i32, id: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_resolve_shared_queue")
declare function proxy_resolve_shared_queue(v: usize, vn: i32, k: usize, kn: i32, id: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_enqueue_shared_queue")
declare function proxy_enqueue_shared_queue(id: i32, p: usize, n: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_dequeue_shared_queue")
declare function proxy_dequeue_shared_queue(id: i32, p: usize, n: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_define_metric")
declare function proxy_define_metric(type: i32, k: usize, kn: i32, id: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_increment_metric")
declare function proxy_increment_metric(id: i32, delta: i64): i32;
// @ts-ignore: decorator
@external("env", "proxy_record_metric")
declare function proxy_record_metric(id: i32, value: i64): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_metric")
declare function proxy_get_metric(id: i32, out: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_call_foreign_function")
declare function proxy_call_foreign_function(k: usize, kn: i32, a: usize, an: i32, p: usize, n: usize): i32;

const out: usize = memory.data(8);
const more: usize = memory.data(8);
const scripts = new Map<u32, string>();
const parents = new Map<u32, u32>();
const callers = new Map<u32, u32>();
const ids = new Map<string, u32>();

function say(text: string): void {
  const bytes = String.UTF8.encode(text);
  proxy_log(2, changetype<usize>(bytes), bytes.byteLength);
}

/** Text as bytes, one for each character below 256. */
function bytesOf(text: string): StaticArray<u8> {
  const plain = text.replaceAll("\\0", "\0").replaceAll("\\n", "\n");
  const bytes = new StaticArray<u8>(plain.length);
  for (let i = 0; i < plain.length; i++) bytes[i] = <u8>plain.charCodeAt(i);
  return bytes;
}

/** What the host gave: as text when it is printable, else in hex; the beginning only when it is long. */
function given(): string {
  const at = <usize>load<u32>(out);
  const size = <i32>load<u32>(out, 4);
  let plain = true;
  for (let i = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    if (byte < 32 || byte > 126) plain = false;
  }
  let text = size.toString() + " ";
  if (!plain) text += "0x";
  for (let i = 0; i < min(size, 400); i++) {
    const byte = load<u8>(at + i);
    if (plain) text += String.fromCharCode(byte);
    else text += byte.toString(16).padStart(2, "0");
  }
  return text;
}

function latin(at: usize, size: u32): string {
  let text = "";
  for (let i: u32 = 0; i < size; i++) text += String.fromCharCode(load<u8>(at + i));
  return text;
}

/** The pairs that the host gave, as `key=value|key=value`. */
function givenPairs(): string {
  const at = <usize>load<u32>(out);
  const size = load<u32>(out, 4);
  if (size == 0) return "";
  const count = load<u32>(at);
  let data = at + 4 + 8 * count;
  let text = "";
  for (let i: u32 = 0; i < count; i++) {
    const kn = load<u32>(at + 4 + 8 * i);
    const vn = load<u32>(at + 8 + 8 * i);
    text += (i ? "|" : "") + latin(data, kn) + "=" + latin(data + kn + 1, vn);
    data += kn + vn + 2;
  }
  return text;
}

/** `key=value|key=value` in the form of the ABI; of length 0 for an empty text. */
function pairs(text: string): StaticArray<u8> {
  if (text.length == 0) return new StaticArray<u8>(0);
  const parts = text.split("|");
  let size = 4;
  for (let i = 0; i < parts.length; i++) size += 8 + parts[i].length + 1;
  const bytes = new StaticArray<u8>(size);
  const at = changetype<usize>(bytes);
  store<u32>(at, parts.length);
  let data = at + 4 + 8 * parts.length;
  for (let i = 0; i < parts.length; i++) {
    const equals = parts[i].indexOf("=");
    const key = parts[i].substring(0, equals);
    const value = parts[i].substring(equals + 1);
    store<u32>(at + 4 + 8 * i, key.length);
    store<u32>(at + 8 + 8 * i, value.length);
    for (let k = 0; k < key.length; k++) store<u8>(data++, <u8>key.charCodeAt(k));
    store<u8>(data++, 0);
    for (let k = 0; k < value.length; k++) store<u8>(data++, <u8>value.charCodeAt(k));
    store<u8>(data++, 0);
  }
  return bytes;
}

function at(bytes: StaticArray<u8>): usize {
  return bytes.length == 0 ? 0 : changetype<usize>(bytes);
}

/** The first words of a line, and the rest of it as the last. */
function words(line: string, count: i32): string[] {
  const list: string[] = [];
  let rest = line;
  while (list.length < count - 1) {
    const space = rest.indexOf(" ");
    if (space < 0) break;
    list.push(rest.substring(0, space));
    rest = rest.substring(space + 1);
  }
  list.push(rest);
  while (list.length < count) list.push("");
  return list;
}

function number(text: string): i32 {
  return <i32>(<i64>parseInt(text));
}

function call(context: u32, rest: string, ms: i32): string {
  // upstream, headers, body
  const w = words(rest, 3);
  const u = bytesOf(w[0]);
  const h = pairs(w[1]);
  const b = bytesOf(w[2]);
  store<u32>(out, 0);
  const status = proxy_http_call(at(u), u.length, at(h), h.length, at(b), b.length, 0, 0, ms, out);
  if (status == 0) callers.set(load<u32>(out), context);
  return status.toString();
}

let result: i32 = 0;

function perform(context: u32, callback: string, operation: string, rest: string): string {
  store<u64>(out, 0);
  store<u64>(more, 0);
  if (operation == "return") { result = number(rest); return ""; }
  if (operation == "trap") unreachable();
  if (operation == "get") {
    const w = words(rest, 2);
    const k = bytesOf(w[1]);
    const status = proxy_get_header_map_value(number(w[0]), at(k), k.length, out, out + 4);
    return status.toString() + " " + (status == 0 ? given() : "");
  }
  if (operation == "pairs") {
    const status = proxy_get_header_map_pairs(number(rest), out, out + 4);
    return status.toString() + " " + givenPairs();
  }
  if (operation == "size") {
    const status = proxy_get_header_map_size(number(rest), out);
    return status.toString() + " " + (load<u32>(out) > 0 ? "some" : "0");
  }
  if (operation == "add" || operation == "replace") {
    const w = words(rest, 3);
    const k = bytesOf(w[1]);
    const v = bytesOf(w[2]);
    const m = number(w[0]);
    return (operation == "add"
      ? proxy_add_header_map_value(m, at(k), k.length, at(v), v.length)
      : proxy_replace_header_map_value(m, at(k), k.length, at(v), v.length)).toString();
  }
  if (operation == "remove") {
    const w = words(rest, 2);
    const k = bytesOf(w[1]);
    return proxy_remove_header_map_value(number(w[0]), at(k), k.length).toString();
  }
  if (operation == "set_pairs") {
    const w = words(rest, 2);
    const p = pairs(w[1]);
    return proxy_set_header_map_pairs(number(w[0]), at(p), p.length).toString();
  }
  if (operation == "body") {
    const w = words(rest, 3);
    const status = proxy_get_buffer_bytes(number(w[0]), number(w[1]), number(w[2]), out, out + 4);
    return status.toString() + " " + given();
  }
  if (operation == "body_status") {
    const status = proxy_get_buffer_status(number(rest), out, more);
    return status.toString() + " " + load<u32>(out).toString() + " " + load<u32>(more).toString();
  }
  if (operation == "set_body" || operation == "fill_body") {
    const w = words(rest, 4);
    const v = bytesOf(operation == "fill_body" ? "0123456789".repeat(number(w[3]) / 10) : w[3]);
    return proxy_set_buffer_bytes(number(w[0]), number(w[1]), number(w[2]), at(v), v.length).toString();
  }
  if (operation == "reply" || operation == "reply_grpc") {
    // code, headers or -, body
    const w = words(rest, 3);
    const h = pairs(w[1] == "-" ? "" : w[1]);
    const b = bytesOf(w[2]);
    const d = bytesOf("said by probe");
    const grpc = operation == "reply" ? -1 : 7;
    return proxy_send_local_response(number(w[0]), at(d), d.length, at(b), b.length, at(h), h.length, grpc).toString();
  }
  if (operation == "continue") return proxy_continue_stream(number(rest)).toString();
  if (operation == "close") return proxy_close_stream(number(rest)).toString();
  if (operation == "call") return call(context, rest, 20000);
  if (operation == "call_briefly") return call(context, rest, 1500);
  if (operation == "call_status") {
    const status = proxy_get_status(more, out, out + 4);
    return status.toString() + " " + load<u32>(more).toString() + " " + given();
  }
  if (operation == "effective") return proxy_set_effective_context(number(rest)).toString();
  if (operation == "property" || operation == "property_kind") {
    const k = bytesOf(rest.replaceAll(".", "\0"));
    const status = proxy_get_property(at(k), k.length, out, out + 4);
    if (status != 0) return status.toString();
    return "0 " + (operation == "property" ? given() : load<u32>(out, 4).toString());
  }
  if (operation == "property_set") { // whether it has any bytes at all
    const k = bytesOf(rest.replaceAll(".", "\0"));
    const status = proxy_get_property(at(k), k.length, out, out + 4);
    return status.toString() + (load<u32>(out, 4) > 0 ? " some" : " none");
  }
  if (operation == "set_property") {
    const w = words(rest, 2);
    const k = bytesOf(w[0].replaceAll(".", "\0"));
    const v = bytesOf(w[1]);
    return proxy_set_property(at(k), k.length, at(v), v.length).toString();
  }
  if (operation == "shared") {
    const k = bytesOf(rest);
    const status = proxy_get_shared_data(at(k), k.length, out, out + 4, more);
    return status.toString() + " " + given() + (load<u32>(more) != 0 ? " cas" : " no cas");
  }
  if (operation == "set_shared" || operation == "cas_shared" || operation == "wrong_shared") {
    const w = words(rest, 2);
    const k = bytesOf(w[0]);
    const v = bytesOf(w[1]);
    let cas: i32 = 0;
    if (operation != "set_shared") {
      proxy_get_shared_data(at(k), k.length, out, out + 4, more);
      cas = load<u32>(more) + (operation == "wrong_shared" ? 77 : 0);
    }
    return proxy_set_shared_data(at(k), k.length, at(v), v.length, cas).toString();
  }
  if (operation == "count_shared") { // adds one, and replies with the number
    const k = bytesOf(rest);
    const status = proxy_get_shared_data(at(k), k.length, out, out + 4, more);
    const next = (status == 0 ? number(latin(load<u32>(out), load<u32>(out, 4))) : 0) + 1;
    const v = bytesOf(next.toString());
    proxy_set_shared_data(at(k), k.length, at(v), v.length, load<u32>(more));
    return next.toString();
  }
  if (operation == "queue") {
    const k = bytesOf(rest);
    const status = proxy_register_shared_queue(at(k), k.length, out);
    if (status == 0) ids.set(rest, load<u32>(out));
    return status.toString();
  }
  if (operation == "resolve") {
    const w = words(rest, 2);
    const v = bytesOf(w[0]);
    const k = bytesOf(w[1]);
    const status = proxy_resolve_shared_queue(at(v), v.length, at(k), k.length, out);
    return status.toString() + (status == 0 && ids.has(w[1]) && ids.get(w[1]) == load<u32>(out) ? " the same" : "");
  }
  if (operation == "enqueue") {
    const w = words(rest, 2);
    const v = bytesOf(w[1]);
    return proxy_enqueue_shared_queue(ids.has(w[0]) ? ids.get(w[0]) : 9999, at(v), v.length).toString();
  }
  if (operation == "dequeue") {
    const status = proxy_dequeue_shared_queue(ids.has(rest) ? ids.get(rest) : 9999, out, out + 4);
    return status.toString() + " " + given();
  }
  if (operation == "metric") {
    const w = words(rest, 2);
    const k = bytesOf(w[1]);
    const status = proxy_define_metric(number(w[0]), at(k), k.length, out);
    if (status == 0) ids.set(w[1], load<u32>(out));
    return status.toString() + " " + (status == 0 ? (load<u32>(out) & 3).toString() : "");
  }
  if (operation == "increment" || operation == "record") {
    const w = words(rest, 2);
    const id = ids.has(w[0]) ? ids.get(w[0]) : 40000;
    const by = <i64>number(w[1]);
    return (operation == "increment" ? proxy_increment_metric(id, by) : proxy_record_metric(id, by)).toString();
  }
  if (operation == "read_metric") {
    const status = proxy_get_metric(ids.has(rest) ? ids.get(rest) : 40000, out);
    return status.toString() + " " + (status == 0 ? load<u64>(out).toString() : "");
  }
  if (operation == "foreign") {
    const w = words(rest, 2);
    const k = bytesOf(w[0]);
    const v = bytesOf(w[1]);
    const status = proxy_call_foreign_function(at(k), k.length, at(v), v.length, out, out + 4);
    return status.toString() + " " + given();
  }
  if (operation == "expression") { // creates, evaluates and deletes it
    const create = bytesOf("expr_create");
    const evaluate = bytesOf("expr_evaluate");
    const remove = bytesOf("expr_delete");
    const v = bytesOf(rest);
    const made = proxy_call_foreign_function(at(create), create.length, at(v), v.length, out, out + 4);
    if (made != 0) return "create " + made.toString();
    const token = load<u32>(<usize>load<u32>(out));
    store<u32>(more, token);
    store<u64>(out, 0);
    const status = proxy_call_foreign_function(at(evaluate), evaluate.length, more, 4, out, out + 4);
    const text = status.toString() + " " + given();
    return text + " " + proxy_call_foreign_function(at(remove), remove.length, more, 4, out, out + 4).toString();
  }
  if (operation == "tick") return proxy_set_tick_period_milliseconds(number(rest)).toString();
  if (operation == "finish") return proxy_done().toString();
  if (operation == "level") return proxy_get_log_level(out).toString();
  if (operation == "time") {
    const status = proxy_get_current_time_nanoseconds(out);
    return status.toString() + (load<u64>(out) > 1500000000000000000 ? " now" : " never");
  }
  if (operation == "say") return rest;
  return "unknown operation";
}

/** Does what the configuration wants of a callback. @returns the action for the host */
function act(callback: string, context: u32, normal: i32, note: string = ""): i32 {
  say("@ " + callback + note);
  result = normal;
  const root = parents.has(context) ? parents.get(context) : context;
  if (!scripts.has(root)) return result;
  const ending = note.endsWith(" end") ? callback + "_end" : callback;
  const lines = scripts.get(root).split("\n");
  for (let i = 0; i < lines.length; i++) {
    const w = words(lines[i], 3);
    if (w[0] != callback && w[0] != ending) continue;
    const answer = perform(context, callback, w[1], w[2]);
    if (w[1] != "return") say("@ " + callback + " " + w[1] + " " + w[2] + " -> " + answer);
  }
  return result;
}

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  if (size == 0) unreachable();
  return heap.alloc(size);
}
export function proxy_on_context_create(id: u32, parent: u32): void {
  if (parent != 0) { parents.set(id, parent); act("create", id, 0); }
}
export function proxy_on_vm_start(id: u32, size: u32): i32 {
  return 1;
}
export function proxy_on_configure(id: u32, size: u32): i32 {
  if (size > 0 && proxy_get_buffer_bytes(7, 0, size, out, out + 4) == 0) {
    scripts.set(id, latin(load<u32>(out), load<u32>(out, 4)));
  }
  return act("configure", id, 1);
}
function body(callback: string, id: u32, size: u32, end: u32): i32 {
  return act(callback, id, 0, " " + size.toString() + (end ? " end" : ""));
}
export function proxy_on_request_headers(id: u32, count: u32, end: u32): i32 {
  return act("request_headers", id, 0, end ? " end" : "");
}
export function proxy_on_response_headers(id: u32, count: u32, end: u32): i32 {
  return act("response_headers", id, 0, end ? " end" : "");
}
export function proxy_on_request_body(id: u32, size: u32, end: u32): i32 {
  return body("request_body", id, size, end);
}
export function proxy_on_response_body(id: u32, size: u32, end: u32): i32 {
  return body("response_body", id, size, end);
}
export function proxy_on_request_trailers(id: u32, count: u32): i32 {
  return act("request_trailers", id, 0, " " + count.toString());
}
export function proxy_on_response_trailers(id: u32, count: u32): i32 {
  return act("response_trailers", id, 0, " " + count.toString());
}
/** The lines `call …` run for the stream that called, unless they say `effective` themselves. */
export function proxy_on_http_call_response(id: u32, token: u32, headers: u32, size: u32, trailers: u32): void {
  const caller = callers.has(token) ? callers.get(token) : id;
  callers.delete(token);
  proxy_set_effective_context(caller);
  act("call", caller, 0, (headers > 0 ? " answered " : " failed ") + size.toString() + " " + trailers.toString());
}
export function proxy_on_tick(id: u32): void {
  act("tick", id, 0);
}
export function proxy_on_queue_ready(id: u32, queue: u32): void {
  act("queue", id, 0);
}
export function proxy_on_log(id: u32): void {
  act("log", id, 0);
}
export function proxy_on_done(id: u32): i32 {
  return act("done", id, 1);
}
export function proxy_on_delete(id: u32): void {
  act("delete", id, 0);
  parents.delete(id);
}
