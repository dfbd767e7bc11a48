import type { Plugin } from '../model/plugin.ts';
import type { LoadedPlugin, ModuleOrigin } from '../runtime/messages.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ArtifactReader, ArtifactReaders, LocalSource } from './artifact.ts';
import type { Compile, CompiledModule } from './compile-once.ts';
import type { RemoteModules, RemotePlugin } from './remote/remote-modules.ts';
import { SupplyError } from './supply-error.ts';

interface Held {
  plugin: Plugin;
  stamp: unknown;
  result: LoadedPlugin;
}

/** What a source has: `stamp` is another one when the module may be, and `take` gives it. */
interface Offer {
  readonly stamp: unknown;
  readonly take: () => Promise<CompiledModule & { readonly origin?: ModuleOrigin }>;
}

/**
 * Keeps the modules of the wanted plugins loaded, on the control thread. A plugin whose new version cannot be loaded keeps the
 * last one that could, and says so in `problem`. Modules from the network are fetched beside: `load` waits for the disk only,
 * and is to be called again when they arrive.
 */
export class PluginLoader {
  readonly #readers: ArtifactReaders;
  readonly #compile: Compile;
  readonly #log: Logger;
  readonly #remote: RemoteModules | undefined;
  readonly #held = new Map<string, Held>();

  /** Without `remote`, plugins from the network are a problem. */
  constructor(readers: ArtifactReaders, compile: Compile, log: Logger, remote?: RemoteModules) {
    this.#readers = readers;
    this.#compile = compile;
    this.#log = log;
    this.#remote = remote;
  }

  /** Loads what is new or changed and forgets what is not wanted. An unchanged plugin keeps its identity. Never rejects. */
  async load(plugins: ReadonlyMap<string, Plugin>): Promise<ReadonlyMap<string, LoadedPlugin>> {
    for (const id of this.#held.keys()) if (!plugins.has(id)) this.#held.delete(id);
    this.#remote?.keep(plugins);
    const loaded = await Promise.all(
      [...plugins.values()].map(async (plugin) => [plugin.id, await this.#one(plugin)] as const),
    );
    return new Map(loaded);
  }

  close(): void {
    this.#remote?.close();
  }

  async #one(plugin: Plugin): Promise<LoadedPlugin> {
    const held = this.#held.get(plugin.id);
    let stamp: unknown;
    try {
      const offer = await this.#offer(plugin);
      stamp = offer.stamp;
      if (held && held.plugin === plugin && Object.is(held.stamp, stamp)) return held.result;
      const { module, digest, unimplemented, origin } = await offer.take();
      if (held && isSame(held, plugin, digest, origin)) return this.#hold({ ...held, stamp });
      const version = (held?.result.version ?? 0) + 1;
      this.#log.info({ plugin: plugin.id, version, digest, from: origin?.from }, 'plugin loaded');
      return this.#hold({
        plugin,
        stamp,
        result: { ...plugin, version, digest, module, unimplemented, ...(origin ? { origin } : {}) },
      });
    } catch (error) {
      return this.#keep(held, plugin, stamp, error);
    }
  }

  /** The last version that could be loaded, with what is wrong with the newest. */
  #keep(held: Held | undefined, plugin: Plugin, stamp: unknown, error: unknown): LoadedPlugin {
    const problem = error instanceof Error ? error.message : String(error);
    const problemReason = error instanceof SupplyError ? error.reason : undefined;
    if (held && held.plugin === plugin && Object.is(held.stamp, stamp) && held.result.problem === problem)
      return held.result;
    const serving = held?.result.module !== undefined;
    if (problemReason === 'Fetching')
      this.#log.info({ plugin: plugin.id, serving }, 'plugin is being fetched');
    else this.#log.warn({ plugin: plugin.id, problem, serving }, 'plugin cannot be loaded');
    const { problemReason: _, ...last } = serving
      ? held.result
      : { ...plugin, version: held?.result.version ?? 0, digest: '' };
    return this.#hold({
      plugin,
      stamp,
      result: { ...last, problem, ...(problemReason ? { problemReason } : {}) },
    });
  }

  async #offer(plugin: Plugin): Promise<Offer> {
    const { source } = plugin;
    if (source.type === 'Oci' || source.type === 'Http') {
      if (!this.#remote) throw new Error('nothing is fetched over the network here');
      const supplied = await this.#remote.look(plugin as RemotePlugin);
      return { stamp: supplied, take: async () => supplied };
    }
    const reader = this.#readers[source.type] as ArtifactReader<LocalSource>;
    const take = async (): Promise<CompiledModule> => {
      const compiled = await this.#compile(await reader.read(source));
      if (plugin.sha256 === undefined || plugin.sha256 === compiled.digest) return compiled;
      throw new Error(`the module has sha256 ${compiled.digest}, not ${plugin.sha256}`);
    };
    return { stamp: await reader.stamp(source), take };
  }

  #hold(held: Held): LoadedPlugin {
    this.#held.set(held.plugin.id, held);
    return held.result;
  }
}

/** The same plugin with the same bytes, whatever the stamp says: a file that was only touched. */
function isSame(held: Held, plugin: Plugin, digest: string, origin: ModuleOrigin | undefined): boolean {
  const { result } = held;
  return (
    held.plugin === plugin &&
    result.problem === undefined &&
    result.digest === digest &&
    result.origin === origin
  );
}
