import { plugins } from "../contexts";

/** For plugins that register a queue. They need the capability SharedQueues. */
export function proxy_on_queue_ready(root: u32, queue: u32): void {
  plugins.get(root).onQueueReady(queue);
}
