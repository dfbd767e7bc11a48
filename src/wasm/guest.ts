import type { Exchange } from '../http/exchange.ts';
import { RootContext, StreamContext, type Context } from './context/context.ts';
import { GuestExit, type Host } from './host/host.ts';
import { makeImports } from './host/imports.ts';
import type { Engine, GuestFunction, Instance } from './vm/engine.ts';
import { GuestMemory } from './vm/memory.ts';

/** The end of an instance: a trap, proc_exit, an exhausted stack, or what else came out of a call into it. */
export class GuestFailure extends Error {
  constructor(callback: string, cause: unknown) {
    super(`${callback}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'GuestFailure';
  }
}

interface Callbacks {
  readonly contextCreate: GuestFunction | undefined;
  readonly vmStart: GuestFunction | undefined;
  readonly configure: GuestFunction | undefined;
  readonly requestHeaders: GuestFunction | undefined;
  readonly responseHeaders: GuestFunction | undefined;
  readonly log: GuestFunction | undefined;
  readonly done: GuestFunction | undefined;
  readonly delete: GuestFunction | undefined;
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
  readonly #callbacks: Callbacks;
  #lastId = 0;

  /** Instantiates and starts the module. Throws what the engine throws, or GuestFailure. */
  constructor(engine: Engine, module: WebAssembly.Module, host: Host) {
    this.host = host;
    const instance = engine.instantiate(module, makeImports(WebAssembly.Module.imports(module), host));
    host.memory = new GuestMemory(instance.memory, allocator(instance, host));
    this.#start(instance);
    this.#callbacks = {
      contextCreate: instance.call('proxy_on_context_create'),
      vmStart: instance.call('proxy_on_vm_start'),
      configure: instance.call('proxy_on_configure'),
      requestHeaders: instance.call('proxy_on_request_headers'),
      responseHeaders: instance.call('proxy_on_response_headers'),
      log: instance.call('proxy_on_log'),
      done: instance.call('proxy_on_done'),
      delete: instance.call('proxy_on_delete'),
    };
  }

  /** Reactors: `_initialize`, then their main. Commands: `_start`, which may end with proc_exit(0). */
  #start(instance: Instance): void {
    const initialize = instance.call('_initialize');
    if (initialize) {
      this.#run('_initialize', initialize, undefined, 0, 0, 0);
      const main = instance.call('main') ?? instance.call('__main_void');
      if (main) this.#run('main', main, undefined, 0, 0, 0);
      return;
    }
    const start = instance.call('_start');
    if (!start) return;
    try {
      this.#run('_start', start, undefined, 0, 0, 0);
    } catch (error) {
      if (!(this.host.fatal instanceof GuestExit && this.host.fatal.code === 0)) throw error;
      this.host.fatal = undefined;
      this.failure = undefined;
    }
  }

  /** Creates and configures a root context. Throws an Error for people when the plugin refuses; the instance goes on then. */
  openRoot(config: Buffer): RootContext {
    const { host } = this;
    const { contextCreate, vmStart, configure } = this.#callbacks;
    const root = new RootContext(this.#nextId(), config);
    host.contexts.set(root.id, root);
    if (contextCreate) this.#run('proxy_on_context_create', contextCreate, root, root.id, 0, 0);
    host.starting = true;
    const started = !vmStart || this.#run('proxy_on_vm_start', vmStart, root, root.id, 0, 0) !== 0;
    host.starting = false;
    const why = !started
      ? 'the plugin refused to start'
      : configure && this.#run('proxy_on_configure', configure, root, root.id, config.length, 0) === 0
        ? 'the plugin refused its configuration'
        : undefined;
    if (why === undefined) return root;
    this.closeRoot(root);
    throw new Error(why);
  }

  /** A plugin that answers false to proxy_on_done keeps the context until it calls proxy_done. */
  closeRoot(root: RootContext): void {
    const { done } = this.#callbacks;
    root.closing = true;
    if (done && this.#run('proxy_on_done', done, root, root.id, 0, 0) === 0) return;
    // proxy_done within proxy_on_done has deleted it already.
    if (this.host.contexts.has(root.id)) this.#delete(root);
  }

  openStream(root: RootContext, exchange: Exchange): StreamContext {
    const { contextCreate } = this.#callbacks;
    const stream = new StreamContext(this.#nextId(), root, exchange);
    this.host.contexts.set(stream.id, stream);
    if (contextCreate) this.#run('proxy_on_context_create', contextCreate, stream, stream.id, root.id, 0);
    return stream;
  }

  /** Returns the action. `count` includes the pseudo headers. */
  requestHeaders(stream: StreamContext, count: number, end: boolean): number {
    const { requestHeaders } = this.#callbacks;
    if (!requestHeaders) return 0;
    return this.#run('proxy_on_request_headers', requestHeaders, stream, stream.id, count, end ? 1 : 0);
  }

  responseHeaders(stream: StreamContext, count: number, end: boolean): number {
    const { responseHeaders } = this.#callbacks;
    if (!responseHeaders) return 0;
    return this.#run('proxy_on_response_headers', responseHeaders, stream, stream.id, count, end ? 1 : 0);
  }

  /** on_log, on_done, on_delete: the order of Envoy's HTTP streams. The answer of on_done means nothing here. */
  closeStream(stream: StreamContext): void {
    const { log, done } = this.#callbacks;
    if (log) this.#run('proxy_on_log', log, stream, stream.id, 0, 0);
    if (done) this.#run('proxy_on_done', done, stream, stream.id, 0, 0);
    this.#delete(stream);
  }

  #delete(context: Context): void {
    const remove = this.#callbacks.delete;
    if (remove) this.#run('proxy_on_delete', remove, context, context.id, 0, 0);
    this.host.contexts.delete(context.id);
  }

  /** Never 0 and never that of a living context, also after 2^32 streams. */
  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0 || 1;
    while (this.host.contexts.has(this.#lastId));
    return this.#lastId;
  }

  #run(
    name: string,
    call: GuestFunction,
    context: Context | undefined,
    a: number,
    b: number,
    c: number,
  ): number {
    const { host } = this;
    host.current = context;
    this.calls++;
    let result = 0;
    try {
      result = call(a, b, c);
    } catch (error) {
      host.fatal ??= error instanceof Error ? error : new Error(String(error));
    }
    host.current = undefined;
    if (host.fatal !== undefined) {
      this.failure = new GuestFailure(name, host.fatal);
      this.onFailure?.(this.failure);
      throw this.failure;
    }
    if (host.done.length > 0) for (const root of host.done.splice(0)) this.#delete(root);
    return result;
  }
}

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
