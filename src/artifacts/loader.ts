import type { Plugin, PluginSource } from '../model/model.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ArtifactReader, ArtifactReaders } from './artifact.ts';

export interface CompiledModule {
  readonly module: WebAssembly.Module;
  /** Lower-case hex SHA-256 of the bytes. */
  readonly digest: string;
}

interface Held {
  plugin: Plugin;
  stamp: unknown;
  result: LoadedPlugin;
}

/**
 * Keeps the modules of the wanted plugins loaded, on the control thread. A module is compiled once per content and shared
 * by plugins with equal bytes. A plugin whose new version cannot be loaded keeps the last one that could, and says so in
 * `problem`.
 */
export class PluginLoader {
  readonly #readers: ArtifactReaders;
  readonly #compile: (bytes: Uint8Array) => Promise<CompiledModule>;
  readonly #log: Logger;
  readonly #held = new Map<string, Held>();

  constructor(
    readers: ArtifactReaders,
    compile: (bytes: Uint8Array) => Promise<CompiledModule>,
    log: Logger,
  ) {
    this.#readers = readers;
    this.#compile = compile;
    this.#log = log;
  }

  /** Loads what is new or changed and forgets what is not wanted. An unchanged plugin keeps its identity. Never rejects. */
  async load(plugins: ReadonlyMap<string, Plugin>): Promise<ReadonlyMap<string, LoadedPlugin>> {
    for (const id of this.#held.keys()) if (!plugins.has(id)) this.#held.delete(id);
    const loaded = await Promise.all(
      [...plugins.values()].map(async (plugin) => [plugin.id, await this.#one(plugin)] as const),
    );
    return new Map(loaded);
  }

  async #one(plugin: Plugin): Promise<LoadedPlugin> {
    const held = this.#held.get(plugin.id);
    let stamp: unknown;
    try {
      const reader = this.#readers[plugin.source.type] as ArtifactReader<PluginSource>;
      stamp = await reader.stamp(plugin.source);
      if (held && held.plugin === plugin && Object.is(held.stamp, stamp)) return held.result;
      const { module, digest } = await this.#compile(await reader.read(plugin.source));
      if (plugin.sha256 !== undefined && plugin.sha256 !== digest) {
        throw new Error(`the module has sha256 ${digest}, not ${plugin.sha256}`);
      }
      const version = (held?.result.version ?? 0) + 1;
      this.#log.info({ plugin: plugin.id, version, digest }, 'plugin loaded');
      return this.#hold({ plugin, stamp, result: { ...plugin, version, digest, module } });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (held && held.plugin === plugin && Object.is(held.stamp, stamp) && held.result.problem === problem)
        return held.result;
      this.#log.warn(
        { plugin: plugin.id, problem, serving: held?.result.module !== undefined },
        'plugin cannot be loaded',
      );
      const last = held?.result.module
        ? held.result
        : { ...plugin, version: held?.result.version ?? 0, digest: '' };
      return this.#hold({ plugin, stamp, result: { ...last, problem } });
    }
  }

  #hold(held: Held): LoadedPlugin {
    this.#held.set(held.plugin.id, held);
    return held.result;
  }
}
