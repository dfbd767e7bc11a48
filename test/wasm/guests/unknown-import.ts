/** Imports a function that no ABI has, and one that no WASI of plugins has. */
// @ts-ignore: decorator
@external("env", "proxy_from_the_future")
declare function future(a: i32): i32;
// @ts-ignore: decorator
@external("wasi_unstable", "sock_open")
declare function open(a: i32, b: i32): i32;

export function proxy_abi_version_0_1_0(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_on_configure(id: u32, size: u32): i32 {
  const asExpected = future(1) == 12 && future(1) == 12 && open(0, 0) == 52;
  return asExpected ? 1 : 0;
}
