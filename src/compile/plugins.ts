import { LoomError } from '../errors.ts';
import type { Stage } from '../middleware/middleware.ts';
import { RecordedStage } from '../middleware/recorded-stage.ts';
import type { PluginUse } from '../model/model.ts';
import type { Policy } from '../model/plugin.ts';
import type { Delta, Diagnostic, LoadedPlugin } from '../runtime/messages.ts';
import { failedStage } from '../wasm/failed-stage.ts';
import { pluginStage } from '../wasm/plugin-stage.ts';
import { PluginVm, type PluginEnvironment, type PluginStats } from '../wasm/plugin-vm.ts';
import { PluginTally } from './plugin-tally.ts';

interface Held {
  readonly plugin: LoadedPlugin;
  /** undefined when the module is missing or does not start; `problem` says why. */
  readonly vm: PluginVm | undefined;
  readonly problem: string;
  /** Versions before, newest first, while they serve rules whose newer versions do not start or refuse the configuration. */
  fallbacks: readonly PluginVm[];
}

interface Closable {
  close(): void;
}

/** The plugins of one worker, over all snapshots: an unchanged plugin keeps its VM. */
export class PluginPool {
  readonly #environment: PluginEnvironment;
  readonly #records: boolean;
  readonly #held = new Map<string, Held>();
  readonly #loaded = new Map<string, LoadedPlugin>();
  /** What the stages in use complain of, one entry per stage. */
  readonly #complaints = new Map<Stage, Diagnostic>();
  /** Which rule of which route uses which version. */
  readonly #uses = new Map<Stage, { readonly vm: PluginVm; readonly route: string }>();
  readonly #tally = new PluginTally();
  /** Versions before, until it is known whether a rule still needs them. */
  #retiring: { readonly held: Held; readonly used: Set<PluginVm> }[] = [];

  /** `records`: phases of plugins are noted for the exchanges that are traced. */
  constructor(environment: PluginEnvironment, records = false) {
    this.#environment = environment;
    this.#records = records;
  }

  get plugins(): ReadonlyMap<string, LoadedPlugin> {
    return this.#loaded;
  }

  /** Before the rules are compiled: new versions start. */
  apply(delta: Delta<LoadedPlugin>, changed: Set<string>, dropped: Closable[]): void {
    for (const plugin of delta.set) {
      changed.add(plugin.id);
      const old = this.#held.get(plugin.id);
      const held = this.#start(plugin, old ? versionsOf(old) : []);
      this.#held.set(plugin.id, held);
      this.#loaded.set(plugin.id, plugin);
      this.#retiring.push({ held, used: new Set() });
    }
    for (const id of delta.removed) {
      changed.add(id);
      const old = this.#held.get(id);
      if (old) dropped.push(...versionsOf(old));
      this.#tally.forget(id);
      this.#held.delete(id);
      this.#loaded.delete(id);
    }
  }

  /** After the rules are compiled: versions before that no rule needs are given up, and so are the complaints of dropped stages. */
  settle(dropped: Closable[]): void {
    for (const { held, used } of this.#retiring) {
      const unused = held.fallbacks.filter((vm) => !used.has(vm));
      dropped.push(...unused);
      this.#tally.leave(unused);
      held.fallbacks = held.fallbacks.filter((vm) => used.has(vm));
    }
    this.#retiring = [];
    // Not when they are closed: that may be long after, and what they complain of does not hold any more.
    for (const stage of dropped) {
      this.#complaints.delete(stage as Stage);
      this.#uses.delete(stage as Stage);
    }
  }

  /** The stage of one use in a rule of `route`; never throws. */
  stage(use: PluginUse, requestMs: number, route: string): Stage {
    const held = this.#held.get(use.plugin);
    if (!held) return missingStage(use.plugin);
    const { plugin, vm, problem } = held;
    const { failurePolicy } = plugin;
    if (!vm) {
      const policy = plugin.module ? failurePolicy.configure : failurePolicy.fetch;
      const reason = plugin.module ? 'StartFailed' : undefined;
      return this.#fallback(use, requestMs, route, held, policy, problem, reason);
    }
    try {
      return this.#used(pluginStage(vm.root(use.config ?? plugin.config), requestMs), vm, route);
    } catch (error) {
      const { message } = error as Error;
      return this.#fallback(use, requestMs, route, held, failurePolicy.configure, message, 'ConfigureFailed');
    }
  }

  diagnostics(): readonly Diagnostic[] {
    const failing = [...this.#held.values()].flatMap(({ vm }) =>
      vm?.outage === undefined ? [] : this.#outage(vm),
    );
    return merged([...this.#complaints.values(), ...failing]);
  }

  /** By plugin id. */
  stats(): ReadonlyMap<string, PluginStats> {
    return this.#tally.stats(new Map([...this.#held].map(([id, held]) => [id, versionsOf(held)])));
  }

  /** Of those that run; the logger of a new one begins with the level of the worker's. */
  setLogLevel(level: string): void {
    for (const vm of [...this.#held.values()].flatMap(versionsOf)) vm.setLogLevel(level);
  }

  #used(plain: Stage, vm: PluginVm, route: string): Stage {
    const stage = this.#records ? new RecordedStage(plain, vm.plugin.id) : plain;
    this.#uses.set(stage, { vm, route });
    return stage;
  }

  #outage(vm: PluginVm): Diagnostic {
    const { id, failurePolicy } = vm.plugin;
    const routes = [...this.#uses.values()].filter((use) => use.vm === vm).map(({ route }) => route);
    const message = `${vm.outage}. It is tried again when its object or module changes, or is reloaded through the admin API.`;
    const closed = failurePolicy.run === 'Open' ? [] : routes;
    return { kind: 'WasmPlugin', id, reason: 'Failing', message, closed };
  }

  #start(plugin: LoadedPlugin, fallbacks: readonly PluginVm[]): Held {
    if (!plugin.module) {
      return { plugin, vm: undefined, problem: plugin.problem ?? 'there is no module', fallbacks };
    }
    try {
      return { plugin, vm: PluginVm.create(plugin, this.#environment), problem: '', fallbacks };
    } catch (error) {
      return { plugin, vm: undefined, problem: (error as Error).message, fallbacks };
    }
  }

  /** The version before where there is one, else what the policy says. `reason` undefined: the loader has said it already. */
  #fallback(
    use: PluginUse,
    requestMs: number,
    route: string,
    held: Held,
    policy: Policy,
    problem: string,
    reason: string | undefined,
  ): Stage {
    const { plugin } = held;
    let stage: Stage | undefined;
    let message = problem;
    for (const vm of plugin.module ? held.fallbacks : []) {
      try {
        stage = this.#used(pluginStage(vm.root(use.config ?? vm.plugin.config), requestMs), vm, route);
      } catch {
        continue;
      }
      message += '; the version before goes on being served';
      for (const retiring of this.#retiring) if (retiring.held === held) retiring.used.add(vm);
      break;
    }
    const inner = stage ?? failedStage(plugin, policy, problem);
    if (reason === undefined) return inner;
    const complaining: Stage = { ...bound(inner), close: () => inner.close?.() };
    const closed = stage || policy === 'Open' ? [] : [route];
    this.#complaints.set(complaining, { kind: 'WasmPlugin', id: plugin.id, reason, message, closed });
    return complaining;
  }
}

/** One for all routes that it is the same for. */
function merged(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const one of diagnostics) {
    const key = `${one.id} ${one.reason} ${one.message}`;
    const closed = new Set([...(found.get(key)?.closed ?? []), ...(one.closed ?? [])]);
    found.set(key, { ...one, closed: [...closed] });
  }
  return [...found.values()];
}

const versionsOf = ({ vm, fallbacks }: Held): readonly PluginVm[] => (vm ? [vm, ...fallbacks] : fallbacks);

/** The hooks of a stage as plain functions, so that another stage can be made of them. */
function bound(stage: Stage): Stage {
  return {
    name: stage.name,
    request: (exchange) => stage.request?.(exchange),
    response: (exchange) => stage.response?.(exchange),
    log: (exchange) => stage.log?.(exchange),
    missed: (exchange) => stage.missed?.(exchange),
    finish: (exchange) => stage.finish?.(exchange),
  };
}

function missingStage(plugin: string): Stage {
  return {
    name: `plugin:${plugin}`,
    request: () => {
      throw new LoomError('plugin-missing', plugin);
    },
  };
}
