/** For plugins that see the bodies of responses only. */
export { proxy_on_response_body } from "./body";
