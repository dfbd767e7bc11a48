import { proxy_get_buffer_bytes } from "./host/buffers";
import { createContext, exchanges, plugins } from "./contexts";
import { pointerOut, sizeOut, takeText } from "./memory";

/** The callbacks of every plugin. Those that cost the host something are in `exports/`: each only where it is used. */

const pluginConfiguration = 7;

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

export function proxy_on_context_create(id: u32, parent: u32): void {
  createContext(id, parent);
}

export function proxy_on_vm_start(root: u32, size: u32): bool {
  return true;
}

export function proxy_on_configure(root: u32, size: u32): bool {
  let config = "";
  if (size > 0 && proxy_get_buffer_bytes(pluginConfiguration, 0, size, pointerOut, sizeOut) == 0) config = takeText();
  return plugins.get(root).onConfigure(config);
}

export function proxy_on_request_headers(id: u32, count: u32, end: bool): i32 {
  return exchanges.get(id).onRequestHeaders(count, end);
}

export function proxy_on_response_headers(id: u32, count: u32, end: bool): i32 {
  return exchanges.get(id).onResponseHeaders(count, end);
}

export function proxy_on_delete(id: u32): void {
  if (!exchanges.delete(id)) plugins.delete(id);
}
