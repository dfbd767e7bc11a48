import type { HttpSource, OciSource, Plugin } from '../../model/plugin.ts';
import type { ObjectSet } from '../../sources/objects.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { DiskCache } from '../cache.ts';
import type { Compile } from '../compile-once.ts';
import { httpTiming, type HttpTiming } from '../http/client.ts';
import { SupplyError } from '../supply-error.ts';
import { fetchHttp } from './fetch-http.ts';
import { fetchOci } from './fetch-oci.ts';
import type { FetchContext, Fetched, Online, SourcePolicy } from './fetched.ts';
import { Flights } from './flights.ts';
import { Gates } from './gates.ts';
import { FetchJob, type FetchTiming, type Supplied } from './job.ts';

export type RemoteSource = OciSource | HttpSource;
export type RemotePlugin = Plugin & { readonly source: RemoteSource };

/** Called for what happens, by type of source. */
interface FetchObserver {
  fetch(type: RemoteSource['type']): void;
  failure(type: RemoteSource['type'], reason: string): void;
  received(type: RemoteSource['type'], bytes: number): void;
  cacheHit(type: RemoteSource['type']): void;
}

export interface RemoteParts {
  readonly cache: DiskCache;
  readonly policy: SourcePolicy;
  readonly objects: () => ObjectSet;
  readonly compile: Compile;
  readonly observe: FetchObserver;
  readonly log: Logger;
  /** A module arrived, or why it does not changed. */
  readonly changed: () => void;
  readonly timing: FetchTiming & { readonly http?: HttpTiming };
}

/** As many tries at one server at once. */
const mostPerServer = 6;

interface Held {
  /** What the fetch depends on; another one is another fetch. */
  readonly key: string;
  plugin: RemotePlugin;
  readonly job: FetchJob;
}

/** Modules that come over the network, fetched and compiled beside everything else: nobody waits for more than the disk. */
export class RemoteModules {
  readonly #parts: RemoteParts;
  readonly #flights = new Flights();
  readonly #gates = new Gates(mostPerServer);
  readonly #held = new Map<string, Held>();

  constructor(parts: RemoteParts) {
    this.#parts = parts;
  }

  /** The module as far as it is there; rejects with the SupplyError that says why it is not. */
  async look(plugin: RemotePlugin): Promise<Supplied> {
    const { secret, problem } = this.#secretOf(plugin.source);
    const key = JSON.stringify([plugin.source, plugin.sha256, secret]);
    let held = this.#held.get(plugin.id);
    if (held?.key !== key) {
      held?.job.stop();
      held = { key, plugin, job: this.#begin(plugin, secret, problem) };
      this.#held.set(plugin.id, held);
    } else if (held.plugin !== plugin) {
      held.plugin = plugin;
      held.job.poke();
    }
    const { job } = held;
    await job.looked;
    if (job.supplied) return job.supplied;
    throw job.problem ?? new SupplyError('Fetching', 'the module is being fetched');
  }

  /** Forgets what is not wanted any more. */
  keep(ids: { has(id: string): boolean }): void {
    for (const [id, { job }] of this.#held) {
      if (ids.has(id)) continue;
      job.stop();
      this.#held.delete(id);
    }
  }

  close(): void {
    this.keep(new Set());
  }

  #begin(plugin: RemotePlugin, secret: string | undefined, lacking: SupplyError | undefined): FetchJob {
    const { observe, log, changed, timing } = this.#parts;
    const { source, id } = plugin;
    return new FetchJob({
      isRefreshed: source.pullPolicy === 'Always',
      timing,
      fromCache: async () => {
        const supplied = await this.#supply(plugin, undefined);
        observe.cacheHit(source.type);
        return supplied;
      },
      fromNetwork: async (signal) => {
        if (lacking) throw lacking;
        return this.#gates.through(serverOf(source), signal, () => {
          observe.fetch(source.type);
          return this.#supply(plugin, { signal, dockerConfig: secret });
        });
      },
      failed: (error, retryInMs, serving) => {
        if (error === lacking) return;
        observe.failure(source.type, error.reason);
        const { reason, message: problem } = error;
        log.warn({ plugin: id, reason, problem, retryInMs, serving }, 'plugin cannot be fetched');
      },
      changed,
    });
  }

  async #supply(plugin: RemotePlugin, online: Online): Promise<Supplied> {
    const { source, sha256 } = plugin;
    const fetched = await this.#fetch(source, online);
    let compiled;
    try {
      compiled = await this.#parts.compile(fetched.bytes);
    } catch (error) {
      throw new SupplyError('InvalidModule', (error as Error).message, undefined, error);
    }
    const matched = matchOf(sha256, compiled.digest, fetched, source.type);
    const origin = {
      from: fetched.from,
      ...(matched ? { matched } : {}),
      ...(fetched.isSigned ? ({ signed: true } as const) : {}),
    };
    return { ...compiled, origin };
  }

  #fetch(source: RemoteSource, online: Online): Promise<Fetched> {
    const { cache, policy, observe, timing } = this.#parts;
    const context: FetchContext = {
      cache,
      policy,
      flights: this.#flights,
      timing: timing.http ?? httpTiming,
      received: (bytes) => observe.received(source.type, bytes),
    };
    return source.type === 'Oci' ? fetchOci(source, context, online) : fetchHttp(source, context, online);
  }

  #secretOf({ pullSecret }: RemoteSource): { readonly secret?: string; readonly problem?: SupplyError } {
    if (pullSecret === undefined) return {};
    const found = this.#parts.objects().Secret.get(pullSecret);
    const config = found?.data?.['.dockerconfigjson'];
    if (config !== undefined) return { secret: Buffer.from(config, 'base64').toString() };
    const [reason, text] = found
      ? (['InvalidSecret', 'has no .dockerconfigjson'] as const)
      : (['SecretNotFound', 'does not exist'] as const);
    return { problem: new SupplyError(reason, `the Secret ${pullSecret} ${text}`) };
  }
}

const serverOf = (source: RemoteSource): string =>
  source.type === 'Oci' ? source.image.slice(0, source.image.indexOf('/')) : new URL(source.url).host;

/** What of a fetch `sha256` is the digest of; undefined without one. Throws a SupplyError when it is of nothing. */
function matchOf(
  sha256: string | undefined,
  module: string,
  { digests }: Fetched,
  type: RemoteSource['type'],
): 'module' | 'manifest' | 'file' | undefined {
  if (sha256 === undefined) return undefined;
  if (module === sha256) return 'module';
  if (digests.includes(`sha256:${sha256}`)) return type === 'Oci' ? 'manifest' : 'file';
  const others = digests.map((digest) => digest.slice('sha256:'.length)).join(' and ');
  const what = type === 'Oci' ? 'manifest' : 'file';
  throw new SupplyError(
    'DigestMismatch',
    `the module has sha256 ${module} and its ${what} ${others}, not ${sha256}`,
  );
}
