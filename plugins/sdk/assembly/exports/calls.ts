import { answered } from "../calls";

/** For plugins that call upstreams. They need `capabilities.upstreams`. */
export function proxy_on_http_call_response(root: u32, token: u32, headers: u32, bodySize: u32, trailers: u32): void {
  answered(root, token, headers, bodySize);
}
