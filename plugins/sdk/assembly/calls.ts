import { CallResponse } from "./call-response";
import { exchanges, plugins } from "./contexts";
import { proxy_continue_stream, proxy_http_call, proxy_set_effective_context } from "./host/stream";
import { bytesOf, numberOut, pointerOf } from "./memory";
import { encodePairs } from "./pairs";
import { Exchange } from "./plugin";

/** Which exchange waits for which answer. */
const waiting = new Map<u32, u32>();

/**
 * Calls an upstream that `capabilities.upstreams` names. `headers` is [name, value, …] with `:method`, `:path` and
 * `:authority`. Returns a token, or 0 when the call is not possible. The answer comes to `onCallResponse` of `exchange`, or of
 * the plugin when that is null. A request waits for it when its callback returns Action.Pause.
 */
export function httpCall(
  exchange: Exchange | null, upstream: string, headers: string[], body: string = "", timeoutMs: u32 = 5000,
): u32 {
  const to = bytesOf(upstream);
  const pairs = encodePairs(headers);
  const bytes = bytesOf(body);
  const none = encodePairs([]);
  const status = proxy_http_call(
    pointerOf(to), to.byteLength, pointerOf(pairs), pairs.byteLength, pointerOf(bytes), bytes.byteLength,
    pointerOf(none), none.byteLength, timeoutMs, numberOut,
  );
  if (status != 0) return 0;
  const token = load<u32>(numberOut);
  if (exchange) waiting.set(token, exchange.id);
  return token;
}

/** The host's callback: the exchange may have ended meanwhile. */
export function answered(root: u32, token: u32, headers: u32, bodySize: u32): void {
  const response = new CallResponse(headers, bodySize);
  if (!waiting.has(token)) {
    plugins.get(root).onCallResponse(token, response);
    return;
  }
  const id = waiting.get(token);
  waiting.delete(token);
  if (exchanges.has(id) && proxy_set_effective_context(id) == 0) exchanges.get(id).onCallResponse(token, response);
}

/** Ends the pause of a request, in `onCallResponse`. */
export function continueRequest(): void {
  proxy_continue_stream(0);
}

export function continueResponse(): void {
  proxy_continue_stream(1);
}
