import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder with the programs of Go packages, by the last part of their names. They are built from the modules that go.mod and
 * go.sum of `module` fix and from its own sources, on first use, and kept under `~/.cache/loom/<name>` until those change. Rejects
 * where there is no Go.
 */
export async function goTools(name: string, module: string, packages: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const files = await readdir(module, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.go')).toSorted();
  for (const input of ['go.mod', 'go.sum', ...sources]) hash.update(await readFile(join(module, input)));
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loom', name);
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  const isBuilt = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isBuilt) return folder;
  console.log(`building ${name} (a first build may take minutes of CPU time)`);
  const work = `${folder}.${process.pid}`;
  await mkdir(work, { recursive: true });
  const go = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
  const child = spawn('nice', ['-n', '10', ...go, '-o', `${work}/`, ...packages], {
    cwd: module,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: 'inherit',
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('exit', resolve).once('error', reject),
  );
  if (code !== 0) {
    await rm(work, { recursive: true });
    throw new Error(`go build of ${name} ended with ${code}`);
  }
  await rename(work, folder);
  return folder;
}
