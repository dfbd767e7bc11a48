import type { Exchange } from '../http/exchange.ts';
import { RootContext, StreamContext, type Context } from './context/context.ts';
import { callbacks, type CallbackKey, type Callback } from './abi/callbacks.ts';
import type { PendingCall } from './calls/pending-call.ts';
import { callbacksOf, type GuestCallback, type GuestCallbacks } from './guest-callbacks.ts';
import { GuestExit, type Host } from './host/host.ts';
import { makeImports } from './host/imports.ts';
import { functionImports } from './host/registry.ts';
import type { Deadline, Engine, GuestFunction, Instance } from './vm/engine.ts';
import { GuestMemory } from './vm/memory.ts';

/** The end of an instance: a trap, proc_exit, an exhausted stack, or what else came out of a call into it. */
export class GuestFailure extends Error {
  /** It was ended because it computed for longer than it may. */
  readonly late: boolean;

  constructor(callback: string, cause: unknown, late: boolean) {
    super(`${callback}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'GuestFailure';
    this.late = late;
  }
}

/** All callbacks of one exchange have computed longer than they may together; the instance is sound. */
export class RequestOverrun extends Error {
  override readonly name = 'RequestOverrun';
}

/**
 * One living instance with its contexts: the calls into the module, in the order of the ABI. Every call may throw
 * GuestFailure; the instance is not to be used after that, and `onFailure` has been told before.
 */
export class Guest {
  readonly host: Host;
  calls = 0;
  onFailure: ((failure: GuestFailure) => void) | undefined;
  failure: GuestFailure | undefined;
  /** An exchange has left, and the instance goes on. */
  onStreamClosed: (() => void) | undefined;
  readonly #instance: Instance;
  readonly callbacks: GuestCallbacks;
  readonly #deadline: Deadline;
  /** Of the next call; one of start and configuration may take longer. */
  #limitMs: number;
  #lastId = 0;
  /** All ids have been given once. */
  #around = false;

  /** Instantiates and starts the module. Throws what the engine throws, or GuestFailure. */
  constructor(engine: Engine, module: WebAssembly.Module, host: Host) {
    this.host = host;
    host.events.deliver = (callback, root, argument) => this.#event(callback, root, argument);
    this.#deadline = engine.deadline;
    const { limits } = host.plugin;
    this.#limitMs = limits.startCpuMs;
    const instance = this.#instantiate(engine, module);
    this.#instance = instance;
    try {
      host.memory = new GuestMemory(instance.memory, allocator(instance, host));
      this.#start(instance);
    } catch (error) {
      instance.release();
      throw error;
    }
    this.#limitMs = limits.callbackCpuMs || limits.requestCpuMs;
    this.callbacks = callbacksOf(instance, host);
    host.calls.connect(this);
  }

  /** With the module's start section. */
  #instantiate(engine: Engine, module: WebAssembly.Module): Instance {
    const { host } = this;
    const imports = makeImports(functionImports(module), host);
    const own = this.#deadline.enter(this.#limitMs);
    try {
      return engine.instantiate(module, imports, host.plugin.limits.memoryBytes);
    } catch (error) {
      throw own && this.#deadline.leave() ? this.#tooLong(error) : error;
    } finally {
      if (own) this.#deadline.leave();
    }
  }

  /** Reactors: `_initialize`, then their main. Commands: `_start`, which may end with proc_exit(0). */
  #start(instance: Instance): void {
    const initialize = instance.call('_initialize');
    if (initialize) {
      this.#run('_initialize', initialize, undefined, 0, 0, 0, 0, 0);
      const main = instance.call('main') ?? instance.call('__main_void');
      if (main) this.#run('main', main, undefined, 0, 0, 0, 0, 0);
      return;
    }
    const start = instance.call('_start');
    if (!start) return;
    try {
      this.#run('_start', start, undefined, 0, 0, 0, 0, 0);
    } catch (error) {
      if (!(this.host.fatal instanceof GuestExit && this.host.fatal.code === 0)) throw error;
      this.host.fatal = undefined;
      this.failure = undefined;
    }
  }

  /** Creates and configures a root context. Throws an Error for people when the plugin refuses; the instance goes on then. */
  openRoot(config: Buffer): RootContext {
    const { host } = this;
    const root = new RootContext(this.#nextId(), config, host.access);
    host.contexts.set(root.id, root);
    const { limits } = host.plugin;
    this.#limitMs = limits.startCpuMs;
    this.call('contextCreate', root, 0);
    host.starting = true;
    const started = !this.has('vmStart') || this.call('vmStart', root, 0) !== 0;
    host.starting = false;
    const why = !started
      ? 'the plugin refused to start'
      : this.has('configure') && this.call('configure', root, config.length) === 0
        ? 'the plugin refused its configuration'
        : undefined;
    this.#limitMs = limits.callbackCpuMs || limits.requestCpuMs;
    if (why === undefined) return root;
    this.closeRoot(root);
    throw new Error(why);
  }

  /** A plugin that answers false to proxy_on_done keeps the context until it calls proxy_done. */
  closeRoot(root: RootContext): void {
    root.closing = true;
    if (this.has('done') && this.call('done', root) === 0) return;
    // proxy_done within proxy_on_done has deleted it already.
    if (this.host.contexts.has(root.id)) this.#delete(root);
  }

  openStream(root: RootContext, exchange: Exchange): StreamContext {
    const stream = new StreamContext(this.#nextId(), root, exchange);
    this.host.contexts.set(stream.id, stream);
    try {
      this.run(this.callbacks.contextCreate, stream, root.id);
    } catch (error) {
      if (error instanceof RequestOverrun) {
        stream.ended = true;
        this.closeStream(stream);
      }
      throw error;
    }
    return stream;
  }

  /** Whether the module has the callback and the plugin is granted it. */
  has(callback: CallbackKey): boolean {
    return this.callbacks[callback] !== undefined;
  }

  /**
   * Calls into the module with `context` as the current one, its id as the first argument; 0 when there is no such callback,
   * which means to continue. Throws RequestOverrun when the calls of this exchange have taken too long together.
   */
  call(callback: CallbackKey, context: Context, a = 0, b = 0, c = 0, d = 0): number {
    return this.run(this.callbacks[callback], context, a, b, c, d);
  }

  /** The same for one of `callbacks`, for what is called with every request: a key that varies makes the look-up slow. */
  run(callback: GuestCallback | undefined, context: Context, a = 0, b = 0, c = 0, d = 0): number {
    return callback ? this.#run(callback.key, callback.call, context, context.id, a, b, c, d) : 0;
  }

  /**
   * A callback of a call, in the root context that made it. What it computes counts for `caller`, the exchange that the call was
   * made for: it is ended when all of its callbacks have computed too long.
   */
  answer(callback: CallbackKey, { root, caller, token }: PendingCall, a: number, b: number, c: number): void {
    // Else what was measured last is the time of somebody else's call.
    if (!this.has(callback)) return;
    this.call(callback, root, token, a, b, c);
    if (!caller) return;
    try {
      this.#account(caller);
    } catch (error) {
      caller.fail(error as RequestOverrun);
    }
  }

  /** After on_log: the order of Envoy's HTTP streams. The answer of on_done means nothing here. */
  closeStream(stream: StreamContext): void {
    this.run(this.callbacks.done, stream);
    this.#delete(stream);
    this.onStreamClosed?.();
  }

  /**
   * Remembers what the instance is now, to go back to it with the returned function: between exchanges, when only its root
   * contexts live. Undefined when the module changes more than can be put back; false when this time it could not be done.
   */
  checkpoint(): (() => boolean) | undefined {
    const saved = this.#instance.save();
    if (!saved) return undefined;
    const { host } = this;
    const [lastId, contexts] = [this.#lastId, host.contexts.values()];
    return () => {
      host.calls.cancel();
      for (const context of contexts) if (context.kind === 'root') host.calls.statuses.delete(context);
      host.events.end();
      this.#lastId = lastId;
      const same =
        host.contexts.size === contexts.length && contexts.every(({ id }) => host.contexts.has(id));
      return same && this.#instance.restore(saved);
    };
  }

  /** Gives the memory back; the instance is not called any more. */
  release(): void {
    this.#instance.release();
  }

  /** Called by the event loop, where nobody waits for an exception; `onFailure` has been told. */
  #event(callback: 'tick' | 'queueReady', root: RootContext, argument: number): boolean {
    if (this.failure) return false;
    try {
      this.call(callback, root, argument);
    } catch {
      return false;
    }
    return true;
  }

  #delete(context: Context): void {
    if (context.kind === 'root') this.host.events.leave(context);
    this.run(this.callbacks.delete, context);
    if (context.kind === 'stream') context.deleted = true;
    this.host.contexts.delete(context.id);
    if (context.kind === 'root') this.host.calls.cancel(context);
  }

  /** Never 0 and never that of a living context, also after 2^32 streams. */
  #nextId(): number {
    do {
      this.#lastId = (this.#lastId + 1) >>> 0;
      if (this.#lastId === 0) [this.#lastId, this.#around] = [1, true];
    } while (this.#around && this.host.contexts.has(this.#lastId));
    return this.#lastId;
  }

  #run(
    name: string,
    call: GuestFunction,
    context: Context | undefined,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
  ): number {
    const { host } = this;
    host.current = context;
    this.calls++;
    let result = 0;
    const own = this.#deadline.enter(this.#limitMs);
    try {
      result = call(a, b, c, d, e);
    } catch (error) {
      host.fatal ??= error instanceof Error ? error : new Error(String(error));
    }
    host.current = undefined;
    const late = own && this.#deadline.leave();
    if (host.fatal !== undefined) {
      if (late) host.fatal = this.#tooLong(host.fatal);
      this.failure = new GuestFailure(exportOf(name), host.fatal, late);
      this.onFailure?.(this.failure);
      throw this.failure;
    }
    if (host.done.length > 0) for (const root of host.done.splice(0)) this.#delete(root);
    if (own && context?.kind === 'stream') this.#account(context);
    return result;
  }

  #tooLong(cause: unknown): Error {
    return new Error(`it computed for longer than ${this.#limitMs} ms`, { cause });
  }

  #account(stream: StreamContext): void {
    const limit = this.host.plugin.limits.requestCpuMs;
    if ((stream.computedMs += this.#deadline.tookMs) <= limit || limit === 0 || stream.ended) return;
    throw new RequestOverrun(`its callbacks computed for longer than ${limit} ms`);
  }
}

const exportOf = (name: string): string =>
  (callbacks as Readonly<Record<string, Callback>>)[name]?.name ?? name;

/** The spec prefers proxy_on_memory_allocate; TinyGo's malloc keeps every block alive. A failure in it ends the instance. */
function allocator(instance: Instance, host: Host): (size: number) => number {
  const allocate = instance.call('proxy_on_memory_allocate') ?? instance.call('malloc');
  if (!allocate) throw new Error('the module exports no allocator');
  return (size) => {
    try {
      return allocate(size);
    } catch (error) {
      host.fatal ??= error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  };
}
