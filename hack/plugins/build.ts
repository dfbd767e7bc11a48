import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assemblyscript } from './assemblyscript.ts';
import { folderOf } from './cache.ts';
import { rust } from './rust.ts';
import { higress } from './wheel.ts';

/**
 * The plugins of others that Loom is tested with, by name (`rust-0.2.0-http_body`, `transformer`): fetched or built, and kept
 * until a version changes. Throws NoToolchain when a language is missing.
 */
export async function pluginModules(): Promise<ReadonlyMap<string, string>> {
  const modules = new Map<string, string>();
  for (const folder of await Promise.all([higress, rust, assemblyscript].map(folderOf))) {
    for (const file of await readdir(folder)) modules.set(file.replace(/\.wasm$/, ''), join(folder, file));
  }
  return modules;
}

if (import.meta.main)
  console.log([...(await pluginModules())].map(([name, path]) => `${name} ${path}`).join('\n'));
