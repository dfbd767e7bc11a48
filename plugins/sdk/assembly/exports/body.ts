import { exchanges } from "../contexts";

/** For plugins that see bodies. They need the capabilities RequestBody or ResponseBody. */

export function proxy_on_request_body(id: u32, size: u32, end: bool): i32 {
  return exchanges.get(id).onRequestBody(size, end);
}

export function proxy_on_response_body(id: u32, size: u32, end: bool): i32 {
  return exchanges.get(id).onResponseBody(size, end);
}
