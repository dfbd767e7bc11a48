/** Imports a function that no ABI has, one that Loom does not have yet, and one that WASI has and Loom has not. */
// @ts-ignore: decorator
@external("env", "proxy_from_the_future")
declare function future(a: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_grpc_stream")
declare function planned(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32, i: i32): i32;
// @ts-ignore: decorator
@external("wasi_unstable", "sock_shutdown")
declare function shutdown(a: i32, b: i32): i32;

export function proxy_abi_version_0_1_0(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_on_configure(id: u32, size: u32): i32 {
  const asExpected = future(1) == 12 && future(1) == 12 && planned(0, 0, 0, 0, 0, 0, 0, 0, 0) == 12 && shutdown(0, 0) == 52;
  return asExpected ? 1 : 0;
}
