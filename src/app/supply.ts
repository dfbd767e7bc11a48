import { artifactReaders } from '../artifacts/artifact.ts';
import { defaultCacheFolder } from '../artifacts/cache-folder.ts';
import { DiskCache } from '../artifacts/cache.ts';
import { compileOnce, type Compile } from '../artifacts/compile-once.ts';
import { PluginLoader } from '../artifacts/loader.ts';
import { RemoteModules } from '../artifacts/remote/remote-modules.ts';
import type { Settings } from '../model/settings.ts';
import type { ObjectSet } from '../sources/objects.ts';
import type { ControlMetrics } from '../telemetry/control-metrics.ts';
import type { Logger } from '../telemetry/log.ts';

export interface SupplyParts {
  readonly settings: Settings['pluginSources'];
  readonly objects: () => ObjectSet;
  readonly compile: Compile;
  readonly metrics: ControlMetrics;
  readonly log: Logger;
  /** A module arrived, or why it does not changed: the loader is to be asked again. */
  readonly changed: () => void;
  /** Who writes plugins must not reach the machine itself. */
  readonly foreignOnly: boolean;
}

/** The loader of plugins with all sources that there are. */
export function makeLoader(parts: SupplyParts): PluginLoader {
  const { settings, objects, compile, metrics, log, changed } = parts;
  const { allow, publicKeys, cachePath, cacheBytes, refreshMs } = settings;
  // What `allow` names is of whoever runs Loom, who may well mean a registry beside it.
  const foreignOnly = parts.foreignOnly && allow.length === 0;
  const once = compileOnce(compile);
  const remote = new RemoteModules({
    cache: new DiskCache(cachePath || defaultCacheFolder(), cacheBytes, log),
    policy: { allow, publicKeys, foreignOnly },
    objects,
    compile: once,
    changed,
    log,
    timing: { firstPauseMs: 1000, longestPauseMs: 300_000, tryMs: 300_000, refreshMs },
    observe: {
      fetch: (source) => metrics.pluginFetches.inc({ source }),
      failure: (source, reason) => metrics.pluginFetchFailures.inc({ source, reason }),
      received: (source, bytes) => metrics.pluginFetchBytes.inc({ source }, bytes),
      cacheHit: (source) => metrics.pluginCacheHits.inc({ source }),
    },
  });
  return new PluginLoader(artifactReaders(objects), once, log, remote);
}
