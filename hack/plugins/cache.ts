import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Things that are made together and kept in a folder. */
export interface Group {
  readonly name: string;
  /** All that decides what comes out: versions, checksums, sources. Another text is another folder. */
  readonly inputs: () => string;
  /** Puts the files into the folder `out`; `work` is empty and thrown away. */
  make(out: string, work: string): Promise<void>;
}

const root = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loom/plugins');

/** Where Rust keeps what it compiled, above all the standard library, which takes it a minute. */
export const cargoTarget = join(root, 'cargo');

/** The folder of a group, under `~/.cache/loom/plugins`; makes it when it is not there. A broken run leaves nothing. */
export async function folderOf(group: Group): Promise<string> {
  const key = createHash('sha256').update(group.inputs()).digest('hex').slice(0, 16);
  const folder = join(root, `${group.name}-${key}`);
  if (existsSync(folder)) return folder;
  await mkdir(root, { recursive: true });
  const work = await mkdtemp(join(root, `.${group.name}-`));
  try {
    const [out, scratch] = [join(work, 'out'), join(work, 'work')];
    await Promise.all([mkdir(out), mkdir(scratch)]);
    const begin = performance.now();
    await group.make(out, scratch);
    console.log(`${group.name}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    await rename(out, folder).catch((error: unknown) => {
      // Another run was faster with the same.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}
