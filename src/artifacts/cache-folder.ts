import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeFolder } from '../home.ts';

/** Where fetched modules are kept when nothing is said: the user's cache (XDG base directory), else a folder for temporary files. */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: cache } = environment;
  if (cache) return join(cache, 'loom', 'plugins');
  const home = homeFolder();
  return home && home !== '/'
    ? join(home, '.cache', 'loom', 'plugins')
    : join(tmpdir(), `loom-plugins-${process.getuid?.() ?? 0}`);
}
