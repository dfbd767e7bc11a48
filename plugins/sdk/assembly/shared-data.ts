import { proxy_get_shared_data, proxy_set_shared_data } from "./host/shared";
import { bytesOf, numberOut, pointerOf, pointerOut, sizeOut, takeBytes } from "./memory";

/** A value with the number of its writing; 0 when there is none. */
export class SharedValue {
  constructor(public bytes: ArrayBuffer, public cas: u32) {}
}

/** What all instances of the plugin have in common, in all workers of the process. Needs the capability SharedData. */
export function getShared(key: string): SharedValue {
  const k = bytesOf(key);
  const status = proxy_get_shared_data(pointerOf(k), k.byteLength, pointerOut, sizeOut, numberOut);
  return status == 0 ? new SharedValue(takeBytes(), load<u32>(numberOut)) : new SharedValue(new ArrayBuffer(0), 0);
}

/** `cas` from `getShared`: false when somebody else has written meanwhile. 0 writes whatever is there. */
export function setShared(key: string, bytes: ArrayBuffer, cas: u32 = 0): bool {
  const k = bytesOf(key);
  return proxy_set_shared_data(pointerOf(k), k.byteLength, pointerOf(bytes), bytes.byteLength, cas) == 0;
}
