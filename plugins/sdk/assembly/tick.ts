import { proxy_set_tick_period_milliseconds } from "./host/log";

/** Plugin.onTick is called so often; 0 ends that. Needs the capability Ticks. */
export function setTickPeriod(milliseconds: u32): void {
  proxy_set_tick_period_milliseconds(milliseconds);
}
