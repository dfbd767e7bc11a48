import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const packages = ['client', 'server'].map((name) => `google.golang.org/grpc/interop/${name}`);

/** Paths of the interop binaries of gRPC. */
export interface Interop {
  readonly client: string;
  readonly server: string;
}

/**
 * The interop client and server of gRPC, built from their Go module on first use and kept under `~/.cache/loom/interop` until
 * go.mod or go.sum change. Rejects where there is no Go.
 */
export async function interopBinaries(): Promise<Interop> {
  const hash = createHash('sha256');
  for (const input of ['go.mod', 'go.sum']) hash.update(await readFile(join(here, input)));
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loom/interop');
  const folder = join(cache, hash.digest('hex').slice(0, 16));
  const interop = { client: join(folder, 'client'), server: join(folder, 'server') };
  const isBuilt = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isBuilt) return interop;
  console.log('building the interop client and server of gRPC (a first build takes minutes of CPU time)');
  const work = `${folder}.${process.pid}`;
  await mkdir(work, { recursive: true });
  const go = ['go', 'build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
  const child = spawn('nice', ['-n', '10', ...go, '-o', `${work}/`, ...packages], {
    cwd: here,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: 'inherit',
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('exit', resolve).once('error', reject),
  );
  if (code !== 0) {
    await rm(work, { recursive: true });
    throw new Error(`go build of hack/interop ended with ${code}`);
  }
  await rename(work, folder);
  return interop;
}
