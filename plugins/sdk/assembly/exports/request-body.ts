/** For plugins that see the bodies of requests only. */
export { proxy_on_request_body } from "./body";
