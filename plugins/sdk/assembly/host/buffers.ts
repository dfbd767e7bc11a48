/** Buffers. Host functions of Proxy-Wasm 0.2.1; all return a status, 0 is success. */

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(buffer: i32, start: i32, max: i32, pointerOut: usize, sizeOut: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(buffer: i32, start: i32, size: i32, bytes: usize, bytesSize: i32): i32;
