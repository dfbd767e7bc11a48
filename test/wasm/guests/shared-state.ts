/**
 * Uses what plugins share in a process. Each request counts under the key `count` of the shared data, by compare and swap,
 * and is answered with the number; a counter `guest.requests` counts too. Words of its configuration, split by spaces:
 * `tick:MS` sets the timer, `queue:NAME` registers a queue, `send:NAME` adds the number of each request to a queue; `once`
 * stops the timer in the first tick, `trap` traps in each tick; `level` answers with the level of the log in place of the
 * number. Ticks and messages are said and counted.
 */
// @ts-ignore: decorator
@external("env", "proxy_log")
declare function proxy_log(level: i32, message: usize, size: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_log_level")
declare function proxy_get_log_level(out: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(buffer: i32, start: i32, max: i32, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
declare function proxy_send_local_response(code: i32, d: usize, dn: i32, b: usize, bn: i32, p: usize, pn: i32, grpc: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_shared_data")
declare function proxy_get_shared_data(key: usize, size: i32, pointerOut: usize, sizeOut: usize, casOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
declare function proxy_set_shared_data(key: usize, size: i32, value: usize, valueSize: i32, cas: u32): i32;
// @ts-ignore: decorator
@external("env", "proxy_register_shared_queue")
declare function proxy_register_shared_queue(name: usize, size: i32, out: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_resolve_shared_queue")
declare function proxy_resolve_shared_queue(vm: usize, vmSize: i32, name: usize, size: i32, out: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_enqueue_shared_queue")
declare function proxy_enqueue_shared_queue(id: u32, message: usize, size: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_dequeue_shared_queue")
declare function proxy_dequeue_shared_queue(id: u32, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_define_metric")
declare function proxy_define_metric(type: i32, name: usize, size: i32, out: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_increment_metric")
declare function proxy_increment_metric(id: u32, by: i64): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_tick_period_milliseconds")
declare function proxy_set_tick_period_milliseconds(ms: u32): i32;

const out: usize = memory.data(16);
let sendTo: u32 = 0;
let once = false;
let trap = false;
let level = false;

function bytes(text: string): ArrayBuffer { return String.UTF8.encode(text); }
function at(text: ArrayBuffer): usize { return changetype<usize>(text); }
function given(): string { return String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out, 4)); }

function say(text: string): void {
  const b = bytes(text);
  proxy_log(2, at(b), b.byteLength);
}

function count(name: string): void {
  const b = bytes(name);
  proxy_define_metric(0, at(b), b.byteLength, out);
  proxy_increment_metric(load<u32>(out), 1);
}

/** The number of this request among all of the process. */
function next(): i32 {
  const key = bytes("count");
  while (true) {
    let n = 0;
    let cas: u32 = 0;
    if (proxy_get_shared_data(at(key), key.byteLength, out, out + 4, out + 8) == 0) {
      n = I32.parseInt(given());
      cas = load<u32>(out, 8);
    } else {
      // Whoever is first makes the key, and all others compare with that.
      const zero = bytes("0");
      proxy_set_shared_data(at(key), key.byteLength, at(zero), zero.byteLength, 0xffffffff);
      continue;
    }
    const value = bytes((n + 1).toString());
    if (proxy_set_shared_data(at(key), key.byteLength, at(value), value.byteLength, cas) == 0) return n + 1;
  }
}

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize { return heap.alloc(size); }
export function proxy_on_context_create(id: u32, parent: u32): void {}
export function proxy_on_configure(id: u32, size: u32): i32 {
  if (size == 0 || proxy_get_buffer_bytes(7, 0, size, out, out + 4) != 0) return 1;
  const words = given().split(" ");
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const name = bytes(word.substring(word.indexOf(":") + 1));
    if (word.startsWith("tick:")) proxy_set_tick_period_milliseconds(I32.parseInt(word.substring(5)));
    else if (word.startsWith("queue:")) proxy_register_shared_queue(at(name), name.byteLength, out);
    else if (word.startsWith("send:") && proxy_resolve_shared_queue(0, 0, at(name), name.byteLength, out) == 0) sendTo = load<u32>(out);
    else if (word == "once") once = true;
    else if (word == "trap") trap = true;
    else if (word == "level") level = true;
  }
  return 1;
}
export function proxy_on_request_headers(id: u32, headers: u32, end: u32): i32 {
  if (level) proxy_get_log_level(out);
  const body = bytes((level ? load<i32>(out) : next()).toString());
  count("guest.requests");
  if (sendTo != 0) proxy_enqueue_shared_queue(sendTo, at(body), body.byteLength);
  say("answered");
  proxy_send_local_response(200, 0, 0, at(body), body.byteLength, 0, 0, -1);
  return 1;
}
export function proxy_on_tick(id: u32): void {
  count("guest.ticks");
  say("tick " + id.toString());
  if (trap) unreachable();
  if (once) proxy_set_tick_period_milliseconds(0);
}
export function proxy_on_queue_ready(id: u32, queue: u32): void {
  count("guest.ready");
  if (proxy_dequeue_shared_queue(queue, out, out + 4) == 0) say("message " + given());
}
