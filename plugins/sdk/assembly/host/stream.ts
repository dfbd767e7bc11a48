/** What happens to the exchange. Host functions of Proxy-Wasm 0.2.1; all return a status, 0 is success. */

// @ts-ignore: decorator
@external("env", "proxy_send_local_response")
export declare function proxy_send_local_response(code: i32, details: usize, detailsSize: i32, body: usize, bodySize: i32, pairs: usize, pairsSize: i32, grpc: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(stream: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(stream: i32): i32;

// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(context: u32): i32;

// @ts-ignore: decorator
@external("env", "proxy_http_call")
export declare function proxy_http_call(upstream: usize, upstreamSize: i32, pairs: usize, pairsSize: i32, body: usize, bodySize: i32, trailers: usize, trailersSize: i32, timeoutMs: u32, tokenOut: usize): i32;
