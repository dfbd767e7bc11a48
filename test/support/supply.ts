import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskCache } from '../../src/artifacts/cache.ts';
import { compileOnce } from '../../src/artifacts/compile-once.ts';
import { PluginLoader } from '../../src/artifacts/loader.ts';
import { artifactReaders } from '../../src/artifacts/artifact.ts';
import {
  RemoteModules,
  type RemoteParts,
  type RemoteSource,
} from '../../src/artifacts/remote/remote-modules.ts';
import type { Plugin } from '../../src/model/plugin.ts';
import type { LoadedPlugin } from '../../src/runtime/messages.ts';
import { loggerTo, type Logger } from '../../src/telemetry/log.ts';
import { compileModule } from '../../src/wasm/vm/compile.ts';
import { moduleBytes } from '../wasm/vm/module-bytes.ts';
import { plugin as template } from '../wasm/world.ts';
import { Objects } from './objects.ts';
import { eventually } from './wait.ts';

/** Small modules that differ. */
export const moduleNumber = (n: number): Buffer =>
  moduleBytes(['malloc', 'proxy_abi_version_0_2_1', `proxy_on_something_${n}`]);

/** A plugin without the fields that only a loaded one has. */
export function pluginFrom(source: Plugin['source'], part: Partial<Plugin> = {}): Plugin {
  const { version: _version, digest: _digest, ...fields } = template;
  return { ...fields, id: 'p', source, ...part };
}

/** A server, which may be in this very process, is not silent because the machine stood still. */
const patient = {
  firstPauseMs: 10,
  longestPauseMs: 100,
  refreshMs: 20,
  tryMs: 20_000,
  http: { connectMs: 10_000, answerMs: 10_000, idleMs: 10_000 },
};
/** For servers that say nothing. */
export const impatient = { ...patient, http: { connectMs: 1000, answerMs: 300, idleMs: 300 } };

/** The supply of plugins as a process has it, with what it tells; `restart` is the next process on the same disk. */
export class Supply {
  readonly folder = mkdtempSync(join(tmpdir(), 'loom-supply-'));
  readonly objects = new Objects();
  readonly told: Record<string, unknown>[] = [];
  readonly counts = { fetches: 0, failures: [] as string[], bytes: 0, cacheHits: 0, compiles: 0, changes: 0 };
  readonly #part: Partial<RemoteParts>;
  readonly #log: Logger;
  readonly #wanted = new Map<string, Plugin>();
  loader: PluginLoader;

  constructor(part: Partial<RemoteParts> = {}) {
    this.#part = part;
    this.#log = loggerTo((line) => this.told.push(JSON.parse(line) as Record<string, unknown>), 'debug');
    this.loader = this.#start();
  }

  /** One look at the plugin, beside all others that were looked at before. */
  async look(plugin: Plugin): Promise<LoadedPlugin> {
    this.#wanted.set(plugin.id, plugin);
    return (await this.loader.load(new Map(this.#wanted))).get(plugin.id) as LoadedPlugin;
  }

  forget(id: string): void {
    this.#wanted.delete(id);
  }

  /** The plugin once it is loaded in a version for which `is` holds. */
  arrive(
    plugin: Plugin,
    is: (loaded: LoadedPlugin) => boolean = ({ module }) => module !== undefined,
  ): Promise<LoadedPlugin> {
    return eventually(`${plugin.id} is what it should be`, async () => {
      const loaded = await this.look(plugin);
      return is(loaded) ? loaded : undefined;
    });
  }

  /** What is wrong, once it is more than that nothing was fetched yet. */
  async problem(plugin: Plugin): Promise<string> {
    const { problemReason, problem } = await this.arrive(
      plugin,
      (loaded) => loaded.problem !== undefined && loaded.problemReason !== 'Fetching',
    );
    return `${problemReason}: ${problem}`;
  }

  restart(): void {
    this.loader.close();
    this.loader = this.#start();
  }

  close(): void {
    this.loader.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(): PluginLoader {
    const { counts } = this;
    const compile = compileOnce((bytes) => {
      counts.compiles++;
      return compileModule(bytes);
    });
    const objects = (): Objects['set'] => this.objects.set;
    const remote = new RemoteModules({
      cache: new DiskCache(this.folder, 1024 ** 3, this.#log),
      policy: { allow: [], publicKeys: [] },
      objects,
      compile,
      log: this.#log,
      changed: () => void counts.changes++,
      timing: patient,
      observe: {
        fetch: () => void counts.fetches++,
        failure: (_type: RemoteSource['type'], reason: string) => void counts.failures.push(reason),
        received: (_type: RemoteSource['type'], bytes: number) => void (counts.bytes += bytes),
        cacheHit: () => void counts.cacheHits++,
      },
      ...this.#part,
    });
    return new PluginLoader(artifactReaders(objects), compile, this.#log, remote);
  }
}

/** A Secret of type kubernetes.io/dockerconfigjson in the namespace `a`, as YAML. */
export const pullSecret = (name: string, dockerConfig: string): string => `
kind: Secret
type: kubernetes.io/dockerconfigjson
metadata: { name: ${name}, namespace: a }
data: { .dockerconfigjson: ${Buffer.from(dockerConfig).toString('base64')} }
`;
