import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** An upstream that misbehaves, in a process of its own. */
export interface Peer {
  /** `address:port` */
  readonly authority: string;
  readonly child: ChildProcess;
  /**
   * Behaves so from now on; resolves when it does, with how many requests it has heard since it started. `refuse`: closes
   * everything; `flap`: does so every 200 ms.
   */
  be(mode: string): Promise<number>;
  kill(): Promise<void>;
}

const port = 8080;

export async function startPeer(wire: 'http1' | 'http2', address: string): Promise<Peer> {
  const program = join(import.meta.dirname, `${wire}-peer.ts`);
  const child = spawn(process.execPath, [program, address, String(port)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    authority: `${address}:${port}`,
    child,
    be: async (mode) => {
      const done = once(child, 'message');
      child.send(mode);
      const [heard] = (await done) as [number];
      return heard;
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
