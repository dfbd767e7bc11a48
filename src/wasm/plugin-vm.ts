import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Callouts } from '../upstream/callouts/callouts.ts';
import { abiVersionOf, type AbiVersion } from './abi/version.ts';
import { FailureBreaker } from './breaker.ts';
import { Guest, GuestFailure } from './guest.ts';
import { Host } from './host/host.ts';
import { unimplementedImports } from './host/registry.ts';
import type { Instances, Maker } from './instances.ts';
import { PluginInstance, type Entered, type InstanceOwner } from './plugin-instance.ts';
import { PluginRoot } from './plugin-root.ts';
import { RequestInstances } from './request-instances.ts';
import { PluginShare } from './shared/plugin-share.ts';
import { SharedInstances } from './shared-instances.ts';
import type { WorkerPlace } from './shared/worker-place.ts';
import type { Engine } from './vm/engine.ts';
import { guestStack } from './vm/guest-stack.ts';

/**
 * The face of this room: `compileModule` of `vm/compile.ts` on the control thread, and in a worker
 *
 *     const vm = PluginVm.create(plugin, environment)   // throws LoomError('plugin-unavailable'): failurePolicy.fetch
 *     const root = vm.root(config)                       // throws the same: failurePolicy.configure
 *     const stage = pluginStage(root)                    // plugin-stage.ts; its close() gives the root back
 *     vm.close()                                         // when no exchange uses it any more
 *
 * and `failedStage` of `failed-stage.ts` where one of the first two threw.
 */
export interface Duration {
  observe(seconds: number): void;
}

export interface PluginEnvironment {
  readonly log: Logger;
  /** What plugins call out with. */
  readonly callouts: Callouts;
  /** Where the time of calls of a plugin's callback is counted: `on_request_headers` or another label of the metric. */
  duration(plugin: string, callback: string): Duration;
  readonly place: WorkerPlace;
  readonly engine: Engine;
  /** A plugin was taken out by its breaker. */
  changed(): void;
}

export interface PluginStats {
  /** `failing`: taken out by its breaker. `replacing`: it has no instance now, and another comes. */
  readonly state: 'serving' | 'replacing' | 'failing';
  readonly instances: number;
  /** Of all instances. */
  readonly memoryBytes: number;
  /** Calls into the plugin, by all its instances so far. */
  readonly calls: number;
  /** Instances that ended by a failure, those that did not even start included. */
  readonly failures: number;
  /** Of those, instances that were ended because they computed for too long. */
  readonly killed: number;
  /** Instances that took the place of a failed one. */
  readonly replacements: number;
  /** Instances that were replaced because their memory had grown. */
  readonly recycled: number;
}

/** A shared instance is recycled when its memory is beyond this part of its limit. */
const recycleAt = 0.75;

/**
 * One plugin in one worker: its instances, each with one root context for each configuration, and its breaker. When an
 * instance fails it is dropped, the exchanges in it learn so, and another takes its place with the same configurations.
 */
export class PluginVm implements Maker, InstanceOwner {
  readonly plugin: LoadedPlugin;
  readonly environment: PluginEnvironment;
  readonly abi: AbiVersion;
  readonly recycleBytes: number;
  readonly #module: WebAssembly.Module;
  readonly #log: Logger;
  readonly #share: PluginShare;
  readonly #breaker: FailureBreaker;
  readonly #roots = new Map<string, PluginRoot>();
  readonly #instances: Instances;
  #lastFailure = '';
  /** Of instances that are gone. */
  #calls = 0;
  #failures = 0;
  #killed = 0;
  #replacements = 0;
  #recycled = 0;

  static create(plugin: LoadedPlugin, environment: PluginEnvironment): PluginVm {
    const { module, problem } = plugin;
    if (!module) throw new LoomError('plugin-unavailable', problem ?? 'there is no module');
    try {
      return new PluginVm(plugin, module, environment);
    } catch (error) {
      const stack = guestStack(error);
      if (stack.length > 0)
        environment.log.error(
          { plugin: plugin.id, error: (error as Error).message, stack },
          'plugin did not start',
        );
      throw unavailable(error);
    }
  }

  private constructor(plugin: LoadedPlugin, module: WebAssembly.Module, environment: PluginEnvironment) {
    this.plugin = plugin;
    this.environment = environment;
    this.recycleBytes = plugin.limits.memoryBytes * recycleAt;
    this.#module = module;
    this.abi = abiVersionOf(WebAssembly.Module.exports(module).map(({ name }) => name));
    this.#log = environment.log.child({ plugin: plugin.id });
    this.#share = new PluginShare(plugin, environment.place);
    this.#breaker = new FailureBreaker(plugin.failurePolicy.run);
    this.#instances =
      plugin.isolation === 'Request'
        ? new RequestInstances(this)
        : new SharedInstances(this, plugin.instances);
    const functions = unimplementedImports(module);
    if (functions.length > 0)
      this.#log.warn({ functions }, 'plugin imports functions that Loom does not have');
  }

  /** A logger takes the level of the one that it is made from only once. */
  setLogLevel(level: string): void {
    this.#log.level = level;
  }

  get stats(): PluginStats {
    const { living } = this.#instances;
    return {
      state: this.#breaker.open
        ? 'failing'
        : living.length > 0 || this.plugin.isolation === 'Request'
          ? 'serving'
          : 'replacing',
      instances: living.length,
      memoryBytes: living.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      calls: living.reduce((sum, { guest }) => sum + guest.calls, this.#calls),
      failures: this.#failures,
      killed: this.#killed,
      replacements: this.#replacements,
      recycled: this.#recycled,
    };
  }

  get roots(): Iterable<PluginRoot> {
    return this.#roots.values();
  }

  /** How many exchanges each instance has. */
  get busy(): readonly number[] {
    return this.#instances.living.map(({ streams }) => streams);
  }

  /** Why no instance is made any more; undefined while the breaker is closed. */
  get outage(): string | undefined {
    return this.#breaker.open
      ? `the plugin keeps failing and was taken out: ${this.#lastFailure}`
      : undefined;
  }

  /** The root context for a configuration, made and configured when it is the first use. */
  root(config: string): PluginRoot {
    let root = this.#roots.get(config);
    if (!root) {
      root = new PluginRoot(this, config);
      try {
        if (this.outage !== undefined) throw new Error(this.outage);
        // A new configuration does not wait for the backoff: whoever edits wants the verdict.
        this.#instances.ensure();
        for (const instance of this.#instances.taking) instance.configure(root);
      } catch (error) {
        for (const instance of this.#instances.living) instance.forget(root);
        throw unavailable(error);
      } finally {
        this.#instances.configured();
      }
      this.#roots.set(config, root);
    }
    root.uses++;
    return root;
  }

  /** Called by the last `PluginRoot.release`. */
  forget(root: PluginRoot): void {
    this.#roots.delete(root.config);
    for (const instance of this.#instances.living) instance.forget(root);
    this.#instances.configured();
  }

  /** Why not, where no instance can take the exchange. Throws GuestFailure and RequestOverrun. */
  open(root: PluginRoot, exchange: Exchange): Entered | string {
    const { concurrency } = this.plugin.limits;
    if (concurrency > 0 && this.#streams >= concurrency) return `${concurrency} requests are in the plugin`;
    const instance = this.#instances.pick(root);
    return instance ? instance.enter(root, exchange) : (this.outage ?? 'the plugin is being replaced');
  }

  close(): void {
    for (const root of this.#roots.values()) this.forget(root);
    this.#instances.close(new LoomError('plugin-unavailable', 'the plugin was closed'));
  }

  make(): PluginInstance {
    const host = new Host(this.plugin, this.abi, this.#log, this.#share, this.environment.callouts);
    let instance: PluginInstance | undefined;
    try {
      const guest = new Guest(this.environment.engine, this.#module, host);
      instance = new PluginInstance(guest, this);
      for (const root of this.#roots.values()) instance.configure(root);
    } catch (error) {
      if (error instanceof GuestFailure && error.late) this.#killed++;
      instance?.end(error as Error);
      throw error;
    }
    const made = instance;
    made.guest.onFailure = (failure) => this.#ended(made, failure);
    return made;
  }

  failed(error: Error, retryMs: number): boolean {
    this.#failures++;
    this.#lastFailure = error.message;
    this.#breaker.failed(performance.now());
    const { outage } = this;
    if (outage === undefined) {
      this.#log.error(
        { error: error.message, retryInMs: Math.round(retryMs), ...stackOf(error) },
        'plugin failed',
      );
      return false;
    }
    this.#log.error(
      { error: error.message, failures: this.#failures, ...stackOf(error) },
      'plugin keeps failing; it was taken out',
    );
    // Not within the call that failed.
    setImmediate(() => this.#instances.close(new LoomError('plugin-failed', outage)));
    this.environment.changed();
    return true;
  }

  replaced(): void {
    this.#replacements++;
    this.#log.info({ replacements: this.#replacements }, 'plugin replaced');
  }

  recycled({ memoryBytes, guest }: PluginInstance): void {
    this.#recycled++;
    this.#log.info(
      { memoryBytes, recycled: this.#recycled },
      guest.host.rebuild
        ? 'plugin recycled, as it had asked for'
        : 'plugin recycled, because its memory had grown',
    );
  }

  left(instance: PluginInstance): void {
    this.#instances.left(instance);
  }

  gone({ guest }: PluginInstance): void {
    this.#calls += guest.calls;
  }

  worked(): void {
    this.#breaker.worked();
  }

  get #streams(): number {
    let streams = 0;
    for (const instance of this.#instances.living) streams += instance.streams;
    return streams;
  }

  #ended(instance: PluginInstance, failure: GuestFailure): void {
    this.#share.abandon();
    if (failure.late) this.#killed++;
    this.#instances.failed(instance, failure);
  }
}

const unavailable = (error: unknown): LoomError =>
  new LoomError('plugin-unavailable', error instanceof Error ? error.message : String(error), error);

/** Left out when there is none. */
function stackOf(error: Error): { readonly stack?: readonly string[] } {
  const stack = guestStack(error);
  return stack.length > 0 ? { stack } : {};
}
