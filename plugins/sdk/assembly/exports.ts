import { proxy_get_buffer_bytes } from "./host";
import { pointerOut, sizeOut, takeText } from "./memory";
import { createPlugin, Exchange, Plugin } from "./plugin";

const pluginConfiguration = 7;
const plugins = new Map<u32, Plugin>();
const exchanges = new Map<u32, Exchange>();

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}

export function proxy_on_context_create(id: u32, parent: u32): void {
  if (parent == 0) plugins.set(id, createPlugin());
  else exchanges.set(id, plugins.get(parent).createExchange());
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

export function proxy_on_log(id: u32): void {
  if (exchanges.has(id)) exchanges.get(id).onLog();
}

export function proxy_on_done(id: u32): bool {
  return true;
}

export function proxy_on_delete(id: u32): void {
  if (!exchanges.delete(id)) plugins.delete(id);
}
