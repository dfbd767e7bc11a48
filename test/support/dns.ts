import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Zone } from './dns-peer.ts';

/** A DNS server of its own. */
export interface Dns {
  /** It knows these names from now on. */
  be(zone: Zone): Promise<void>;
  /** At once, as if its machine were gone. */
  kill(): void;
}

/** Starts one at port 53 of the address, in a network namespace of the test. */
export async function startDns(address: string): Promise<Dns> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'dns-peer.ts'), address], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    be: async (zone) => {
      const told = once(child, 'message');
      child.send(zone);
      await told;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Has the whole mount namespace, which must be one of the test, ask that server. @returns what ends that */
export function askDns(address: string, folder: string): () => void {
  const resolv = join(folder, 'resolv.conf');
  writeFileSync(resolv, `nameserver ${address}\n`);
  execFileSync('mount', ['--bind', resolv, '/etc/resolv.conf']);
  return () => void execFileSync('umount', ['--lazy', '/etc/resolv.conf']);
}
