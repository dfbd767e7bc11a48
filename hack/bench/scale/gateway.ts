import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { loom } from '../proxies/loom.ts';
import { startPinned, type Pinned } from '../process.ts';

export interface Gateway extends Pinned {
  readonly port: number;
  readonly url: string;
}

/** Loom with one route to an upstream on 127.0.0.1. */
export async function startLoom(
  folder: string,
  port: number,
  upstream: number,
  { workers, cores }: { readonly workers: number; readonly cores: string },
): Promise<Gateway> {
  const certificate = { cert: '', key: '' };
  const setup = { folder, port, upstream, routes: 1, wire: 'http', certificate, workers } as const;
  const url = `http://127.0.0.1:${port}/svc0/small`;
  const pinned = startPinned(cores, ...loom.command(setup), folder);
  await answering(url);
  return { ...pinned, port, url };
}

/** Not by h2load, which would block this thread, where an upstream may be. */
async function answering(url: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const status = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer with 200`);
    await setTimeout(100);
  }
}

/** CPU ticks of each thread so far, by its number. */
export function threadTicks(pid: number): ReadonlyMap<string, number> {
  const ticks = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    const stat = text.slice(text.lastIndexOf(')') + 2).split(' ');
    ticks.set(thread, Number(stat[11]) + Number(stat[12]));
  }
  return ticks;
}
