import { join } from 'node:path';
import { goTools } from '../go-tools.ts';

/** Paths of the interop binaries of gRPC. */
export interface Interop {
  readonly client: string;
  readonly server: string;
}

/** The interop client and server of gRPC, kept under `~/.cache/loom/interop`. Rejects where there is no Go. */
export async function interopBinaries(): Promise<Interop> {
  const packages = ['client', 'server'].map((name) => `google.golang.org/grpc/interop/${name}`);
  const folder = await goTools('interop', import.meta.dirname, packages);
  return { client: join(folder, 'client'), server: join(folder, 'server') };
}
