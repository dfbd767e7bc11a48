import { CallResponse } from "./call-response";

/** What a callback returns. From a body callback Pause collects the body: the next call sees all of it so far. */
export enum Action { Continue, Pause }

/** One request and its response; the callbacks that a plugin needs are overridden. `count` is the number of headers. */
export class Exchange {
  /** Its context in the host. */
  id: u32 = 0;

  onRequestHeaders(count: u32, end: bool): Action { return Action.Continue; }
  /** `size` bytes can be read from `requestBody`; `end` with the last of them. Needs `exports/body`, as onResponseBody. */
  onRequestBody(size: u32, end: bool): Action { return Action.Continue; }
  /** Needs `exports/trailers`, as onResponseTrailers. */
  onRequestTrailers(count: u32): Action { return Action.Continue; }
  onResponseHeaders(count: u32, end: bool): Action { return Action.Continue; }
  onResponseBody(size: u32, end: bool): Action { return Action.Continue; }
  onResponseTrailers(count: u32): Action { return Action.Continue; }
  /** The answer to an `httpCall` of this exchange, while it lives. Needs `exports/calls`. */
  onCallResponse(token: u32, response: CallResponse): void {}
  /** After the last byte; headers can still be read. Needs `exports/log`. */
  onLog(): void {}
}

/** One configuration of the plugin. */
export class Plugin {
  /** Its context in the host. */
  id: u32 = 0;

  /** `config` is JSON or other text, or empty. False refuses it. */
  onConfigure(config: string): bool { return true; }
  createExchange(): Exchange { return new Exchange(); }
  /** After `setTickPeriod`. Needs `exports/tick`. */
  onTick(): void {}
  /** A queue that this plugin has registered holds something. Needs `exports/queue`. */
  onQueueReady(queue: u32): void {}
  /** The answer to an `httpCall` that was made outside of an exchange. */
  onCallResponse(token: u32, response: CallResponse): void {}
}

let create: () => Plugin = (): Plugin => new Plugin();

/** Says how to make the plugin; once, at the top of the entry file. */
export function register(factory: () => Plugin): void {
  create = factory;
}

export function createPlugin(): Plugin {
  return create();
}
