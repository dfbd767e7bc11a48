/** Only memory and an allocator, for tests that call host functions themselves. `mode`: 0 works, 1 fails, 2 grows, 3 traps, 4 gives a wild pointer. */
let mode: i32 = 0;
let next: usize = 0x8000;
export function setMode(to: i32): void { mode = to; }
export function rewind(): void { next = 0x8000; }
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  if (mode == 1) return 0;
  if (mode == 2) memory.grow(1);
  if (mode == 3) unreachable();
  if (mode == 4) return 0xfffffff0;
  if (next + size > <usize>memory.size() << 16) return 0;
  const at = next;
  next += size + 16;
  return at;
}
