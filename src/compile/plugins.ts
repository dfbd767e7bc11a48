import { LoomError } from '../errors.ts';
import type { Stage } from '../middleware/middleware.ts';
import type { PluginUse, Policy } from '../model/model.ts';
import type { Delta, Diagnostic, LoadedPlugin } from '../runtime/messages.ts';
import { failedStage, pluginStage } from '../wasm/plugin-stage.ts';
import { PluginVm, type PluginEnvironment } from '../wasm/plugin-vm.ts';

interface Held {
  readonly plugin: LoadedPlugin;
  /** undefined when the module is missing or does not start; `problem` says why. */
  readonly vm: PluginVm | undefined;
  readonly problem: string;
  /** The version before, while it serves rules whose new configuration the plugin refuses. */
  fallback: PluginVm | undefined;
}

interface Closable {
  close(): void;
}

/** The plugins of one worker, over all snapshots: an unchanged plugin keeps its VM. */
export class PluginPool {
  readonly #environment: PluginEnvironment;
  readonly #held = new Map<string, Held>();
  readonly #loaded = new Map<string, LoadedPlugin>();
  /** What the stages in use complain of, one entry per stage. */
  readonly #complaints = new Map<Stage, Diagnostic>();
  /** Versions before, until it is known whether a rule still needs them. */
  #retiring: { readonly held: Held; readonly vm: PluginVm; used: boolean }[] = [];

  constructor(environment: PluginEnvironment) {
    this.#environment = environment;
  }

  get plugins(): ReadonlyMap<string, LoadedPlugin> {
    return this.#loaded;
  }

  /** Before the rules are compiled: new versions start. */
  apply(delta: Delta<LoadedPlugin>, changed: Set<string>, dropped: Closable[]): void {
    for (const plugin of delta.set) {
      changed.add(plugin.id);
      const old = this.#held.get(plugin.id);
      if (old?.fallback) dropped.push(old.fallback);
      const held = this.#start(plugin);
      this.#held.set(plugin.id, held);
      this.#loaded.set(plugin.id, plugin);
      if (!old?.vm) continue;
      held.fallback = old.vm;
      this.#retiring.push({ held, vm: old.vm, used: false });
    }
    for (const id of delta.removed) {
      changed.add(id);
      const old = this.#held.get(id);
      if (old?.vm) dropped.push(old.vm);
      if (old?.fallback) dropped.push(old.fallback);
      this.#held.delete(id);
      this.#loaded.delete(id);
    }
  }

  /** After the rules are compiled: versions before that no rule needs are given up. */
  settle(dropped: Closable[]): void {
    for (const { held, vm, used } of this.#retiring) {
      if (used) continue;
      held.fallback = undefined;
      dropped.push(vm);
    }
    this.#retiring = [];
  }

  /** The stage of one use; never throws. */
  stage(use: PluginUse, requestMs: number): Stage {
    const held = this.#held.get(use.plugin);
    if (!held) return missingStage(use.plugin);
    const { plugin, vm, problem } = held;
    const { failurePolicy } = plugin;
    if (!vm) {
      const policy = plugin.module ? failurePolicy.configure : failurePolicy.fetch;
      return this.#fallback(use, requestMs, held, policy, problem, plugin.module ? 'StartFailed' : undefined);
    }
    try {
      return pluginStage(vm.root(use.config ?? plugin.config), requestMs);
    } catch (error) {
      return this.#fallback(
        use,
        requestMs,
        held,
        failurePolicy.configure,
        (error as Error).message,
        'ConfigureFailed',
      );
    }
  }

  diagnostics(): readonly Diagnostic[] {
    return [...this.#complaints.values()];
  }

  #start(plugin: LoadedPlugin): Held {
    if (!plugin.module) {
      return { plugin, vm: undefined, problem: plugin.problem ?? 'there is no module', fallback: undefined };
    }
    try {
      return { plugin, vm: PluginVm.create(plugin, this.#environment), problem: '', fallback: undefined };
    } catch (error) {
      return { plugin, vm: undefined, problem: (error as Error).message, fallback: undefined };
    }
  }

  /** The version before where there is one, else what the policy says. `reason` undefined: the loader has said it already. */
  #fallback(
    use: PluginUse,
    requestMs: number,
    held: Held,
    policy: Policy,
    problem: string,
    reason: string | undefined,
  ): Stage {
    const { plugin, fallback } = held;
    let stage: Stage | undefined;
    let message = problem;
    if (fallback && plugin.module) {
      try {
        stage = pluginStage(fallback.root(use.config ?? fallback.plugin.config), requestMs);
        message += '; the version before goes on being served';
        for (const retiring of this.#retiring) if (retiring.vm === fallback) retiring.used = true;
      } catch {
        stage = undefined;
      }
    }
    const inner = stage ?? failedStage(plugin, policy, problem);
    if (reason === undefined) return inner;
    const complaining: Stage = {
      ...bound(inner),
      close: () => {
        this.#complaints.delete(complaining);
        inner.close?.();
      },
    };
    this.#complaints.set(complaining, { kind: 'WasmPlugin', id: plugin.id, reason, message });
    return complaining;
  }
}

/** The hooks of a stage as plain functions, so that another stage can be made of them. */
function bound(stage: Stage): Stage {
  return {
    name: stage.name,
    request: (exchange) => stage.request?.(exchange),
    response: (exchange) => stage.response?.(exchange),
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
