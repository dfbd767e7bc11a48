import {
  proxy_dequeue_shared_queue,
  proxy_enqueue_shared_queue,
  proxy_register_shared_queue,
  proxy_resolve_shared_queue,
} from "./host/shared";
import { bytesOf, numberOut, pointerOf, pointerOut, sizeOut, takeBytes } from "./memory";

/** Opens a queue and hears `onQueueReady` of it. 0 when it is not granted. Needs the capability SharedQueues. */
export function registerQueue(name: string): u32 {
  const n = bytesOf(name);
  return proxy_register_shared_queue(pointerOf(n), n.byteLength, numberOut) == 0 ? load<u32>(numberOut) : 0;
}

/** A queue that another plugin has registered; 0 when there is none. */
export function resolveQueue(vmId: string, name: string): u32 {
  const v = bytesOf(vmId);
  const n = bytesOf(name);
  const status = proxy_resolve_shared_queue(pointerOf(v), v.byteLength, pointerOf(n), n.byteLength, numberOut);
  return status == 0 ? load<u32>(numberOut) : 0;
}

export function enqueue(queue: u32, bytes: ArrayBuffer): bool {
  return proxy_enqueue_shared_queue(queue, pointerOf(bytes), bytes.byteLength) == 0;
}

/** Null when it is empty. */
export function dequeue(queue: u32): ArrayBuffer | null {
  return proxy_dequeue_shared_queue(queue, pointerOut, sizeOut) == 0 ? takeBytes() : null;
}
