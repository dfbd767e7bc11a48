import { plugins } from "../contexts";

/** For plugins with a timer. They need the capability Ticks. */
export function proxy_on_tick(root: u32): void {
  plugins.get(root).onTick();
}
