import { join } from 'node:path';
import { goTools } from '../go-tools.ts';

/** Paths of the programs that speak HTTP/3 by quic-go. */
export interface QuicGo {
  /** One connection that is told what to do. */
  readonly client: string;
  /** As much as it can. */
  readonly load: string;
}

/** The programs of this folder, kept under `~/.cache/loom/quic-go`. Rejects where there is no Go. */
export async function quicGoBinaries(): Promise<QuicGo> {
  const folder = await goTools('quic-go', import.meta.dirname, ['./client', './load']);
  return { client: join(folder, 'client'), load: join(folder, 'load') };
}
