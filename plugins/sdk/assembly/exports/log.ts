import { exchanges } from "../contexts";

/** For plugins that look at exchanges when they are over. */
export function proxy_on_log(id: u32): void {
  if (exchanges.has(id)) exchanges.get(id).onLog();
}
