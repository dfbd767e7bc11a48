import { createPlugin, Exchange, Plugin } from "./plugin";

/** What lives in this instance, by the number that the host gave it. */
export const plugins = new Map<u32, Plugin>();
export const exchanges = new Map<u32, Exchange>();

export function createContext(id: u32, parent: u32): void {
  if (parent == 0) {
    const plugin = createPlugin();
    plugin.id = id;
    plugins.set(id, plugin);
  } else {
    const exchange = plugins.get(parent).createExchange();
    exchange.id = id;
    exchanges.set(id, exchange);
  }
}
