/** A plugin whose `_initialize` never ends. */
export function proxy_abi_version_0_2_0(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

let rounds: u64 = 0;
while (true) rounds++;
