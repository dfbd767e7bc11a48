export enum Action { Continue, Pause }

/** One request and its response; the callbacks that a plugin needs are overridden. `count` is the number of headers. */
export class Exchange {
  onRequestHeaders(count: u32, end: bool): Action { return Action.Continue; }
  onResponseHeaders(count: u32, end: bool): Action { return Action.Continue; }
  /** After the last byte; headers can still be read. */
  onLog(): void {}
}

/** One configuration of the plugin. */
export class Plugin {
  /** `config` is JSON text or empty. False refuses it. */
  onConfigure(config: string): bool { return true; }
  createExchange(): Exchange { return new Exchange(); }
}

let create: () => Plugin = (): Plugin => new Plugin();

/** Says how to make the plugin; once, at the top of the entry file. */
export function register(factory: () => Plugin): void {
  create = factory;
}

export function createPlugin(): Plugin {
  return create();
}
