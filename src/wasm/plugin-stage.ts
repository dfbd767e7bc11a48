import { performance } from 'node:perf_hooks';
import { LoomError } from '../errors.ts';
import { EarlyReply } from '../http/early-reply.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Reply, Stage } from '../middleware/middleware.ts';
import { mapType, pauses, streamType } from './abi/enums.ts';
import type { BodyFilter } from './context/body-filter.ts';
import { BodyFilters } from './context/body-filters.ts';
import type { StreamContext, StreamOwner } from './context/context.ts';
import type { Hold } from './context/hold.ts';
import { attach, endsWithHead, hasNoBody, isLocal, noBytes } from './context/message-body.ts';
import { requestWay, responseWay, type Way } from './context/way.ts';
import { granted } from './host/grants.ts';
import { GuestFailure, RequestOverrun } from './guest.ts';
import type { Entered } from './plugin-instance.ts';
import type { PluginRoot } from './plugin-root.ts';
import type { Duration } from './plugin-vm.ts';
import { lives, tell, unseen, visit, visitOf, type Verdict } from './visit.ts';

type Answer = Reply | undefined;

/**
 * A plugin with one configuration, as the stage of one rule. Hooks throw LoomError and nothing else: `plugin-failed` when
 * the instance ended or is not there and `failurePolicy.run` is Closed, or when what the plugin made cannot be sent.
 * Owns one use of the root. `requestMs` is the rule's timeout from the first byte of the request on, 0 for none: it ends a
 * pause that nobody continues (`exchange-timeout`).
 */
export const pluginStage = (root: PluginRoot, requestMs = 0): Stage => new PluginStage(root, requestMs);

class PluginStage implements Stage, StreamOwner {
  readonly name: string;
  readonly #root: PluginRoot;
  readonly #requestMs: number;
  readonly #id: string;
  readonly #open: boolean;
  /** Changes of the request choose its route anew; 0.1.0 asks for that by name. */
  readonly #reroutes: boolean;
  /** Body callbacks run while the head is held by the action StopIteration. */
  readonly #holdsHeadOnly: boolean;
  readonly #requestTimes: Duration;
  readonly #responseTimes: Duration;
  readonly #logTimes: Duration;
  readonly #filters: BodyFilters;

  constructor(root: PluginRoot, requestMs: number) {
    const { plugin, environment, abi } = root.vm;
    this.#root = root;
    this.#requestMs = requestMs;
    this.#id = plugin.id;
    this.#open = plugin.failurePolicy.run === 'Open';
    this.#reroutes = abi !== '0.1.0' && granted(plugin.capabilities, 'Routing');
    this.#holdsHeadOnly = plugin.allowOnHeadersStopIteration || abi === '0.2.100';
    this.#requestTimes = environment.duration(plugin.id, 'on_request_headers');
    this.#responseTimes = environment.duration(plugin.id, 'on_response_headers');
    this.#logTimes = environment.duration(plugin.id, 'on_log');
    const limit = plugin.limits.bufferBytes;
    const duration = (callback: string): Duration => environment.duration(plugin.id, callback);
    this.#filters = new BodyFilters({ limit, requestMs, duration });
    this.name = `plugin:${plugin.id}`;
  }

  request(exchange: Exchange): Answer | Promise<Answer> {
    const { vm } = this.#root;
    const start = performance.now();
    try {
      const entered = vm.open(this.#root, exchange);
      if (typeof entered === 'string') return this.#failed(exchange, entered, 'skipped');
      const { guest, stream } = entered;
      visit(exchange, this, this.#id, 'continue', entered);
      stream.owner = this;
      stream.writable = mapType.requestHeaders;
      stream.calling = streamType.request;
      const ends = exchange.requestBody === undefined ? 1 : 0;
      const action = guest.run(guest.callbacks.requestHeaders, stream, stream.request.size, ends);
      stream.calling = -1;
      this.#requestTimes.observe((performance.now() - start) / 1000);
      return this.#after(entered, requestWay, action);
    } catch (error) {
      return this.#caught(exchange, error);
    }
  }

  response(exchange: Exchange): Answer | Promise<Answer> {
    const entered = visitOf(exchange, this)?.entered;
    const { response } = exchange;
    if (!entered || !response) return undefined;
    const { guest, stream } = entered;
    if (guest.failure) return this.#failed(exchange, guest.failure.message, 'failed');
    const start = performance.now();
    try {
      stream.writable = mapType.responseHeaders;
      stream.reply = undefined;
      stream.continued = false;
      stream.calling = streamType.response;
      const [size, ends] = [stream.response?.size ?? 0, endsWithHead(exchange) ? 1 : 0];
      const action = guest.run(guest.callbacks.responseHeaders, stream, size, ends);
      stream.calling = -1;
      this.#responseTimes.observe((performance.now() - start) / 1000);
      return this.#after(entered, responseWay, action);
    } catch (error) {
      return this.#caught(exchange, error);
    }
  }

  log(exchange: Exchange): void {
    const entered = visitOf(exchange, this)?.entered;
    if (!entered) return;
    const { guest, stream } = entered;
    stream.writable = -1;
    stream.ended = true;
    stream.cancel(over);
    const { log } = guest.callbacks;
    if (!log || !lives(entered)) return;
    const start = performance.now();
    try {
      guest.run(log, stream);
    } catch {
      // The instance ended and has logged why; this exchange is over already.
      return;
    }
    this.#logTimes.observe((performance.now() - start) / 1000);
  }

  missed(exchange: Exchange): void {
    const { vm } = this.#root;
    // An instance for this alone is more than it is worth.
    if (vm.plugin.isolation === 'Request') return;
    try {
      const entered = vm.open(this.#root, exchange);
      if (typeof entered === 'string') return;
      visit(exchange, this, this.#id, unseen, entered);
    } catch {
      // The instance ended and has logged why.
      return;
    }
    this.log(exchange);
  }

  finish(exchange: Exchange): void {
    const visited = visitOf(exchange, this);
    const entered = visited?.entered;
    if (!entered) return;
    visited.entered = undefined;
    if (!lives(entered)) return;
    try {
      entered.guest.closeStream(entered.stream);
    } catch {
      // As above.
    }
  }

  close(): void {
    this.#root.release();
  }

  answered(stream: StreamContext): void {
    const { exchange, reply } = stream;
    stream.pending = false;
    if (stream.closing) return exchange.reset(this.#closedIt());
    if (!reply) return;
    if (stream.hold) return stream.hold.settle();
    tell(exchange, this, this.#id, 'respond');
    if (exchange.response) exchange.reset(this.#closedIt('it answered in the middle of the response'));
    else exchange.interrupt(new EarlyReply(reply));
    stream.cancel(over);
  }

  inject(stream: StreamContext, bytes: Buffer, end: boolean): void {
    const { exchange, hold, calling } = stream;
    const entered = visitOf(exchange, this)?.entered;
    const heads = calling === streamType.response || hold?.type === streamType.response;
    if (!entered || hasNoBody(exchange)) return;
    // A body that the plugin has nothing to do with goes by without it: only its head may still wait.
    if (!stream.responseBody && !heads) return;
    const filter =
      stream.responseBody ?? this.#filters.make(entered, responseWay, exchange.responseBody ?? noBytes);
    filter.inject(bytes, end);
  }

  failed(stream: StreamContext, error: Error): void {
    const { exchange, requestBody, responseBody } = stream;
    tell(exchange, this, this.#id, 'failed');
    const active = (requestBody?.active ?? false) || (responseBody?.active ?? false);
    if (this.#open && stream.stepAside()) return;
    // A response that has gone by does not need the plugin any more; one that has yet to come by meets the policy there.
    if (exchange.response && !active) return;
    stream.giveUp(new LoomError('plugin-failed', `${this.#id}: ${error.message}`));
  }

  /** What the callback left behind, now or after the pause that it asked for. */
  #after(entered: Entered, way: Way, action: number): Answer | Promise<Answer> {
    const { stream } = entered;
    const stops = pauses(action) && !stream.continued;
    stream.continued = false;
    if (stream.reply || stream.closing) return this.#settled(stream, way);
    const filter = this.#filters.behind(entered, way);
    if (!stops || filter?.finished) return this.#pass(stream, way, filter);
    if (filter && action === 1 && this.#holdsHeadOnly) return this.#drive(stream, way, filter);
    return this.#paused(stream, way, filter);
  }

  async #paused(stream: StreamContext, way: Way, filter: BodyFilter | undefined): Promise<Answer> {
    try {
      await this.#wait(stream, stream.wait(way.type, 'continue'));
    } catch (error) {
      return this.#caught(stream.exchange, error);
    }
    return this.#pass(stream, way, filter ?? stream.body(way));
  }

  /** The guest lets the head go; it waits for a small body all the same. */
  #pass(stream: StreamContext, way: Way, filter: BodyFilter | undefined): Answer | Promise<Answer> {
    const waits = filter?.isSmall && !stream.reply && !stream.closing && stream.problemOf(way) === undefined;
    if (!waits) return this.#settled(stream, way, filter);
    stream.writable = -1;
    return this.#drive(stream, way, filter);
  }

  /** Lets the body pass while the head waits: all of a small one, the first piece of another whose head the guest holds. */
  #drive(stream: StreamContext, way: Way, filter: BodyFilter): Answer | Promise<Answer> {
    const { exchange } = stream;
    if (filter.finished) return this.#settled(stream, way, filter);
    const hold = stream.wait(way.type, filter.isSmall ? 'end' : 'release');
    const caught = (error: unknown): Answer => {
      const answer = this.#caught(exchange, error);
      // Open: goes on without the plugin, unless bytes are missing.
      if (!filter.stepAside()) throw new LoomError('plugin-failed', `${this.#id}: ${String(error)}`);
      attach(exchange, way, filter);
      return answer;
    };
    filter.begin(isLocal(exchange, way));
    if (!hold.settled) return this.#wait(stream, hold).then(() => this.#settled(stream, way, filter), caught);
    stream.hold = undefined;
    return hold.error ? caught(hold.error) : this.#settled(stream, way, filter);
  }

  async #wait(stream: StreamContext, hold: Hold): Promise<void> {
    try {
      await hold.wait(stream.exchange, this.#requestMs, this.#id);
    } finally {
      stream.hold = undefined;
    }
  }

  /** The hook is over: by an answer of the guest, or with the head going on and what has passed, or will, behind it. */
  #settled(stream: StreamContext, way: Way, filter?: BodyFilter): Answer {
    const { reply, exchange } = stream;
    const problem = stream.problemOf(way);
    stream.pending = false;
    stream.writable = -1;
    if (stream.closing) {
      const error = this.#closedIt();
      exchange.reset(error);
      throw error;
    }
    if (reply) {
      tell(exchange, this, this.#id, 'respond');
      stream.cancel(over);
      return reply;
    }
    // The instance is sound and goes on: what it wrote never reached the message.
    if (problem !== undefined) this.#refused(exchange, problem, 'failed');
    if (way === requestWay && (exchange.routeStale || stream.clearedRoute))
      exchange.routeStale = stream.clearedRoute || (this.#reroutes && stream.reroutes);
    if (filter) attach(exchange, way, filter);
    return undefined;
  }

  #closedIt(why = 'proxy_close_stream'): LoomError {
    return new LoomError('plugin-reset', `${this.#id}: ${why}`);
  }

  #caught(exchange: Exchange, error: unknown): Answer {
    const stream = visitOf(exchange, this)?.entered?.stream;
    if (stream) stream.calling = -1;
    if (error instanceof LoomError) throw error;
    if (error instanceof GuestFailure) return this.#failed(exchange, error.message, 'failed');
    if (error instanceof RequestOverrun) return this.#refused(exchange, error.message, 'failed');
    // The client is gone: the reason is whatever the listener said.
    if (exchange.aborted) throw new LoomError('client-abort', exchange.aborted.message, error);
    throw new LoomError('plugin-failed', `${this.#id}: ${String(error)}`, error);
  }

  /** The instance is gone, so there is nothing to tell it at the end of the exchange. */
  #failed(exchange: Exchange, reason: string, open: Verdict): Answer {
    const visited = visitOf(exchange, this);
    const stream = visited?.entered?.stream;
    if (visited) visited.entered = undefined;
    if (!this.#open) stream?.cancel(over);
    else if (stream && !stream.stepAside()) throw new LoomError('plugin-failed', `${this.#id}: ${reason}`);
    return this.#refused(exchange, reason, open);
  }

  #refused(exchange: Exchange, reason: string, open: Verdict): Answer {
    tell(exchange, this, this.#id, this.#open ? open : 'failed');
    if (!this.#open) throw new LoomError('plugin-failed', `${this.#id}: ${reason}`);
    return undefined;
  }
}

const over = new LoomError('internal', 'the exchange is over');
