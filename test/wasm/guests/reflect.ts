/**
 * Answers each request with the request headers that it can read, in the form of a header map. Logs its environment when it
 * is configured, and the status of setting shared data.
 */
// @ts-ignore: decorator
@external("env", "proxy_log")
declare function proxy_log(level: i32, message: usize, size: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_set_shared_data")
declare function proxy_set_shared_data(k: usize, kn: i32, v: usize, vn: i32, cas: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs")
declare function proxy_get_header_map_pairs(map: i32, pointerOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
declare function proxy_send_local_response(code: i32, d: usize, dn: i32, b: usize, bn: i32, p: usize, pn: i32, grpc: i32): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(countOut: usize, sizeOut: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(pointersOut: usize, textOut: usize): i32;

const out: usize = memory.data(8);

function say(text: string): void {
  const bytes = String.UTF8.encode(text);
  proxy_log(2, changetype<usize>(bytes), bytes.byteLength);
}

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}
export function proxy_on_configure(id: u32, size: u32): i32 {
  environ_sizes_get(out, out + 4);
  const count = load<u32>(out);
  const pointers = heap.alloc(count * 4 + 4);
  environ_get(pointers, heap.alloc(load<u32>(out, 4) + 1));
  for (let i: u32 = 0; i < count; i++) say("env " + String.UTF8.decodeUnsafe(load<u32>(pointers + i * 4), 1000, true));
  say("shared " + proxy_set_shared_data(out, 1, out, 1, 0).toString());
  return 1;
}
export function proxy_on_request_headers(id: u32, count: u32, end: u32): i32 {
  say("count " + count.toString());
  proxy_get_header_map_pairs(0, out, out + 4);
  proxy_send_local_response(200, 0, 0, load<u32>(out), load<u32>(out, 4), 0, 0, -1);
  return 1;
}
