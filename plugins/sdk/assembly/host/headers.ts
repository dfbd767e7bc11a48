/** Header maps. Host functions of Proxy-Wasm 0.2.1; all return a status, 0 is success. */

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value")
export declare function proxy_get_header_map_value(map: i32, name: usize, nameSize: i32, pointerOut: usize, sizeOut: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_pairs")
export declare function proxy_get_header_map_pairs(map: i32, pointerOut: usize, sizeOut: usize): i32;

// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
export declare function proxy_add_header_map_value(map: i32, name: usize, nameSize: i32, value: usize, valueSize: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_replace_header_map_value")
export declare function proxy_replace_header_map_value(map: i32, name: usize, nameSize: i32, value: usize, valueSize: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_remove_header_map_value")
export declare function proxy_remove_header_map_value(map: i32, name: usize, nameSize: i32): i32;
