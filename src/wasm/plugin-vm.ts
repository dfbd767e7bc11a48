import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Callouts } from '../upstream/callouts/callouts.ts';
import { abiVersionOf, type AbiVersion } from './abi/version.ts';
import { Backoff } from './backoff.ts';
import type { RootContext, StreamContext } from './context/context.ts';
import { Guest, type GuestFailure } from './guest.ts';
import { Host } from './host/host.ts';
import { unimplementedImports } from './host/registry.ts';
import { PluginShare } from './shared/plugin-share.ts';
import type { WorkerPlace } from './shared/worker-place.ts';
import type { Engine } from './vm/engine.ts';

/**
 * The face of this room: `compileModule` of `vm/compile.ts` on the control thread, and in a worker
 *
 *     const vm = PluginVm.create(plugin, environment)   // throws LoomError('plugin-unavailable'): failurePolicy.fetch
 *     const root = vm.root(config)                       // throws the same: failurePolicy.configure
 *     const stage = pluginStage(root)                    // plugin-stage.ts; its close() gives the root back
 *     vm.close()                                         // when no exchange uses it any more
 *
 * and `failedStage` of `plugin-stage.ts` where one of the first two threw.
 */
export interface PluginEnvironment {
  readonly log: Logger;
  /** What plugins call out with. */
  readonly callouts: Callouts;
  /** Time that a plugin took for `on_request_headers`, `on_response_headers` or `on_log` of one exchange. */
  observe(plugin: string, callback: string, seconds: number): void;
  readonly place: WorkerPlace;
  readonly engine: Engine;
}

export interface PluginStats {
  /** Calls into the plugin, by all its instances so far. */
  readonly calls: number;
  /** Instances that ended by a failure, those that did not even start included. */
  readonly failures: number;
  /** Instances that took the place of a failed one. */
  readonly replacements: number;
  /** 0 while there is no instance. */
  readonly memoryBytes: number;
}

/** One configuration of a plugin in one worker; shared by all rules that use the plugin with it. */
export class PluginRoot {
  readonly vm: PluginVm;
  readonly config: string;
  readonly bytes: Buffer;
  uses = 0;
  /** In the present instance. */
  context: RootContext | undefined;

  constructor(vm: PluginVm, config: string) {
    this.vm = vm;
    this.config = config;
    this.bytes = Buffer.from(config);
  }

  /** Pair with each `PluginVm.root`. */
  release(): void {
    if (--this.uses === 0) this.vm.forget(this);
  }
}

/**
 * One plugin in one worker: one instance, one root context for each configuration. When the instance fails it is dropped,
 * the exchanges in it learn so, and after a backoff another takes its place with the same configurations.
 */
export class PluginVm {
  readonly plugin: LoadedPlugin;
  readonly environment: PluginEnvironment;
  readonly #module: WebAssembly.Module;
  readonly #abi: AbiVersion;
  readonly #log: Logger;
  readonly #share: PluginShare;
  readonly #roots = new Map<string, PluginRoot>();
  readonly #backoff = new Backoff();
  #guest: Guest | undefined;
  #lastFailure = '';
  #calls = 0;
  #failures = 0;
  #replacements = 0;
  #cancelRevival: (() => void) | undefined;

  static create(plugin: LoadedPlugin, environment: PluginEnvironment): PluginVm {
    const { module, problem } = plugin;
    if (!module) throw new LoomError('plugin-unavailable', problem ?? 'there is no module');
    try {
      return new PluginVm(plugin, module, environment);
    } catch (error) {
      throw unavailable(error);
    }
  }

  private constructor(plugin: LoadedPlugin, module: WebAssembly.Module, environment: PluginEnvironment) {
    this.plugin = plugin;
    this.environment = environment;
    this.#module = module;
    this.#abi = abiVersionOf(WebAssembly.Module.exports(module).map(({ name }) => name));
    this.#log = environment.log.child({ plugin: plugin.id });
    this.#share = new PluginShare(plugin, environment.place);
    this.#install(this.#build());
    const functions = unimplementedImports(module);
    if (functions.length > 0)
      this.#log.debug({ functions }, 'plugin imports functions that Loom does not have');
  }

  get abi(): AbiVersion {
    return this.#abi;
  }

  get stats(): PluginStats {
    return {
      calls: this.#calls + (this.#guest?.calls ?? 0),
      failures: this.#failures,
      replacements: this.#replacements,
      memoryBytes: this.#guest?.host.memory.byteLength ?? 0,
    };
  }

  /** The root context for a configuration, made and configured when it is the first use. */
  root(config: string): PluginRoot {
    let root = this.#roots.get(config);
    if (!root) {
      root = new PluginRoot(this, config);
      try {
        // A new configuration does not wait for the backoff: whoever edits wants the verdict.
        if (!this.#guest) this.#revive();
        root.context = this.#living().openRoot(root.bytes);
      } catch (error) {
        throw unavailable(error);
      }
      this.#roots.set(config, root);
    }
    root.uses++;
    return root;
  }

  /** Called by the last `PluginRoot.release`. */
  forget(root: PluginRoot): void {
    this.#roots.delete(root.config);
    const { context } = root;
    root.context = undefined;
    if (!context || !this.#guest) return;
    try {
      this.#guest.closeRoot(context);
    } catch {
      // #failed has logged it and looks after the rest.
    }
  }

  /** Undefined while there is no instance. Throws GuestFailure. */
  open(
    root: PluginRoot,
    exchange: Exchange,
  ): { readonly guest: Guest; readonly stream: StreamContext } | undefined {
    const guest = this.#guest;
    if (!guest || !root.context) return undefined;
    return { guest, stream: guest.openStream(root.context, exchange) };
  }

  close(): void {
    for (const root of this.#roots.values()) this.forget(root);
    this.#cancelRevival?.();
    this.#cancelRevival = undefined;
    const guest = this.#guest;
    if (!guest) return;
    this.#drop(guest, new LoomError('plugin-unavailable', 'the plugin was closed'));
  }

  #living(): Guest {
    if (!this.#guest) throw new Error(this.#lastFailure);
    return this.#guest;
  }

  #build(): Guest {
    return new Guest(this.environment.engine, this.#module, this.#host());
  }

  #host(): Host {
    return new Host(this.plugin, this.#abi, this.#log, this.#share, this.environment.callouts);
  }

  #install(guest: Guest): void {
    guest.onFailure = (failure) => this.#failed(guest, failure);
    this.#guest = guest;
  }

  #drop(guest: Guest, reason: Error): void {
    this.#calls += guest.calls;
    this.#guest = undefined;
    guest.host.events.end();
    for (const root of this.#roots.values()) root.context = undefined;
    guest.host.calls.cancel();
    for (const context of guest.host.contexts.values()) if (context.kind === 'stream') context.fail(reason);
  }

  #failed(guest: Guest, failure: GuestFailure): void {
    this.#share.abandon();
    if (this.#guest !== guest) return;
    this.#drop(guest, failure);
    this.#reviveLater(failure);
  }

  #reviveLater(reason: Error): void {
    this.#failures++;
    this.#lastFailure = reason.message;
    const delay = this.#backoff.next(performance.now(), Math.random());
    this.#log.error({ error: reason.message, retryInMs: Math.round(delay) }, 'plugin failed');
    const retry = (): void => {
      this.#cancelRevival = undefined;
      try {
        this.#revive();
      } catch (error) {
        this.#reviveLater(error as Error);
      }
    };
    if (delay === 0) {
      const immediate = setImmediate(retry);
      this.#cancelRevival = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(retry, delay).unref();
      this.#cancelRevival = () => clearTimeout(timer);
    }
  }

  /** A new instance with all configurations, or none: throws and leaves everything as it was. */
  #revive(): void {
    const guest = this.#build();
    let contexts: (readonly [PluginRoot, RootContext])[];
    try {
      contexts = [...this.#roots.values()].map((root) => [root, guest.openRoot(root.bytes)] as const);
    } catch (error) {
      guest.host.events.end();
      throw error;
    }
    for (const [root, context] of contexts) root.context = context;
    this.#cancelRevival?.();
    this.#cancelRevival = undefined;
    this.#install(guest);
    this.#replacements++;
    this.#log.info({ replacements: this.#replacements }, 'plugin replaced');
  }
}

const unavailable = (error: unknown): LoomError =>
  new LoomError('plugin-unavailable', error instanceof Error ? error.message : String(error), error);
