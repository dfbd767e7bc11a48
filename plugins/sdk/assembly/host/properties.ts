/** Attributes and functions of the host. Host functions of Proxy-Wasm 0.2.1; all return a status, 0 is success. */

// @ts-ignore: decorator
@external("env", "proxy_get_property")
export declare function proxy_get_property(path: usize, pathSize: i32, pointerOut: usize, sizeOut: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_set_property")
export declare function proxy_set_property(path: usize, pathSize: i32, value: usize, valueSize: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_call_foreign_function")
export declare function proxy_call_foreign_function(name: usize, nameSize: i32, argument: usize, argumentSize: i32, pointerOut: usize, sizeOut: usize): i32;
