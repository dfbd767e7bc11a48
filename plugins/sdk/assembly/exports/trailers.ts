import { exchanges } from "../contexts";

/** For plugins that see trailers. */

export function proxy_on_request_trailers(id: u32, count: u32): i32 {
  return exchanges.get(id).onRequestTrailers(count);
}

export function proxy_on_response_trailers(id: u32, count: u32): i32 {
  return exchanges.get(id).onResponseTrailers(count);
}
