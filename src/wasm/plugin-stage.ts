import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Reply, Stage } from '../middleware/middleware.ts';
import type { Policy } from '../model/model.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import { mapType, pauses, streamType } from './abi/enums.ts';
import { BodyFilter } from './context/body-filter.ts';
import type { StreamContext, StreamOwner } from './context/context.ts';
import type { Hold } from './context/hold.ts';
import { requestWay, responseWay, type Way } from './context/way.ts';
import { GuestFailure, RequestOverrun, type Guest } from './guest.ts';
import type { PluginRoot } from './plugin-vm.ts';

type Verdict = 'continue' | 'respond' | 'failed' | 'skipped';
type Answer = Reply | undefined;

interface Entered {
  readonly guest: Guest;
  readonly stream: StreamContext;
}

/**
 * A plugin with one configuration, as the stage of one rule. Hooks throw LoomError and nothing else: `plugin-failed` when
 * the instance ended or is not there and `failurePolicy.run` is Closed, or when what the plugin made cannot be sent.
 * Owns one use of the root. `requestMs` is the rule's timeout from the first byte of the request on, 0 for none: it ends a
 * pause that nobody continues (`exchange-timeout`).
 */
export const pluginStage = (root: PluginRoot, requestMs = 0): Stage => new PluginStage(root, requestMs);

/** In the place of a plugin that could not be loaded or configured; the policy is the one for that. */
export function failedStage(plugin: LoadedPlugin, policy: Policy, reason: string): Stage {
  return {
    name: `plugin:${plugin.id}`,
    request(exchange) {
      tell(exchange, plugin.id, policy === 'Open' ? 'skipped' : 'failed');
      if (policy === 'Closed') throw new LoomError('plugin-unavailable', `${plugin.id}: ${reason}`);
      return undefined;
    },
  };
}

class PluginStage implements Stage {
  readonly name: string;
  readonly #root: PluginRoot;
  readonly #requestMs: number;
  readonly #id: string;
  readonly #closed: boolean;
  readonly #entered = new Map<Exchange, Entered>();

  constructor(root: PluginRoot, requestMs: number) {
    const { plugin } = root.vm;
    this.#root = root;
    this.#requestMs = requestMs;
    this.#id = plugin.id;
    this.#closed = plugin.failurePolicy.run === 'Closed';
    this.name = `plugin:${plugin.id}`;
  }

  request(exchange: Exchange): Answer | Promise<Answer> {
    const { vm } = this.#root;
    const start = performance.now();
    try {
      const entered = vm.open(this.#root, exchange);
      if (!entered) return this.#failed(exchange, 'the plugin is being replaced', 'skipped');
      const { guest, stream } = entered;
      this.#entered.set(exchange, entered);
      stream.writable = mapType.requestHeaders;
      tell(exchange, this.#id, 'continue');
      const count = stream.request.size;
      const action = guest.call('requestHeaders', stream, count, exchange.requestBody === undefined ? 1 : 0);
      vm.environment.observe(this.#id, 'on_request_headers', (performance.now() - start) / 1000);
      return this.#after(stream, action, streamType.request);
    } catch (error) {
      return this.#caught(exchange, error);
    }
  }

  response(exchange: Exchange): Answer | Promise<Answer> {
    const entered = this.#entered.get(exchange);
    const { response } = exchange;
    if (!entered || !response) return undefined;
    const { guest, stream } = entered;
    if (guest.failure) return this.#failed(exchange, guest.failure.message, 'failed');
    // The response that it made in this same phase is not shown to the plugin again.
    if (stream.writable === mapType.responseHeaders) return undefined;
    const start = performance.now();
    try {
      stream.writable = mapType.responseHeaders;
      stream.reply = undefined;
      stream.continued = false;
      const action = guest.call(
        'responseHeaders',
        stream,
        stream.response?.size ?? 0,
        endsWithHead(exchange) ? 1 : 0,
      );
      this.#root.vm.environment.observe(this.#id, 'on_response_headers', (performance.now() - start) / 1000);
      return this.#after(stream, action, streamType.response);
    } catch (error) {
      return this.#caught(exchange, error);
    }
  }

  finish(exchange: Exchange): void {
    const entered = this.#entered.get(exchange);
    if (!entered) return;
    this.#entered.delete(exchange);
    const { guest, stream } = entered;
    if (guest.failure || !guest.host.contexts.has(stream.id)) return;
    const start = performance.now();
    stream.writable = -1;
    stream.ended = true;
    try {
      guest.closeStream(stream);
    } catch {
      // The instance ended and has logged why; this exchange is over already.
      return;
    }
    this.#root.vm.environment.observe(this.#id, 'on_log', (performance.now() - start) / 1000);
  }

  close(): void {
    this.#root.release();
  }

  /** What the callback left behind, now or after the pause that it asked for. */
  #after(stream: StreamContext, action: number, type: 0 | 1): Answer | Promise<Answer> {
    if (stream.reply || stream.continued || !pauses(action)) {
      stream.continued = false;
      return this.#settled(stream);
    }
    const paused = stream.pause(type);
    this.#limit(stream);
    return paused.then(
      () => {
        stream.continued = false;
        return this.#settled(stream);
      },
      (error: unknown) => this.#caught(stream.exchange, error),
    );
  }

  #limit(stream: StreamContext): void {
    if (this.#requestMs === 0) return;
    const left = Math.max(0, stream.exchange.startedAt + this.#requestMs - performance.now());
    stream.timer = setTimeout(
      () => stream.fail(new LoomError('exchange-timeout', `${this.#id} paused it`)),
      left,
    );
  }

  #settled(stream: StreamContext): Answer {
    const { reply, exchange, problem } = stream;
    if (reply) {
      tell(exchange, this.#id, 'respond');
      if (stream.writable === mapType.requestHeaders) stream.writable = -1;
      return reply;
    }
    stream.writable = -1;
    // The instance is sound and goes on: what it wrote never reached the message.
    return problem === undefined ? undefined : this.#refused(exchange, problem, 'failed');
  }

  #caught(exchange: Exchange, error: unknown): Answer {
    if (error instanceof LoomError) throw error;
    if (error instanceof GuestFailure) return this.#failed(exchange, error.message, 'failed');
    // The client is gone: the reason is whatever the listener said.
    if (exchange.aborted) throw new LoomError('client-abort', exchange.aborted.message, error);
    throw new LoomError('plugin-failed', `${this.#id}: ${String(error)}`, error);
  }

  /** The instance is gone, so there is nothing to tell it at the end of the exchange. */
  #failed(exchange: Exchange, reason: string, open: Verdict): Answer {
    this.#entered.delete(exchange);
    return this.#refused(exchange, reason, open);
  }

  #refused(exchange: Exchange, reason: string, open: Verdict): Answer {
    tell(exchange, this.#id, this.#closed ? 'failed' : open);
    if (this.#closed) throw new LoomError('plugin-failed', `${this.#id}: ${reason}`);
    return undefined;
  }
}

function tell(exchange: Exchange, id: string, verdict: Verdict): void {
  (exchange.plugins ??= {})[id] = verdict;
}

/** No body follows this head (RFC 9112 section 6.3). A body of unknown length that turns out empty counts as one. */
function endsWithHead({ request, response }: Exchange): boolean {
  const status = response?.status ?? 0;
  if (request.method === 'HEAD' || status === 204 || status === 304) return true;
  return response?.headers.get('content-length') === '0';
}
    if (error instanceof RequestOverrun) return this.#refused(exchange, error.message, 'failed');
