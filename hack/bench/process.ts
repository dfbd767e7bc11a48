import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** A program pinned to cores, with the CPU time of all its processes. */
export interface Pinned {
  readonly child: ChildProcess;
  /** User and system time so far, in seconds, of the process and all that it started. */
  cpuSeconds(): number;
  /** Resident memory of the same, in MiB. */
  rssMiB(): number;
  stop(): Promise<void>;
}

/** They have process groups of their own, so nobody else ends them when this program is interrupted. */
const running = new Set<number>();
process.once('exit', () => running.forEach((pid) => process.kill(-pid, 'SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const ticksPerSecond = 100;
const pageBytes = 4096;

/** @param cores as taskset takes them: `0`, `0,1` */
export function startPinned(
  cores: number | string,
  command: string,
  args: readonly string[],
  cwd: string,
): Pinned {
  const child = spawn('taskset', ['-c', String(cores), command, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
  const pid = child.pid as number;
  running.add(pid);
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      running.delete(pid);
      resolve();
    }),
  );
  return {
    child,
    cpuSeconds: () => sum(familyOf(pid), (stat) => (Number(stat[11]) + Number(stat[12])) / ticksPerSecond),
    rssMiB: () => sum(familyOf(pid), (stat) => (Number(stat[21]) * pageBytes) / 2 ** 20),
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGTERM');
      const late = setTimeout(3000).then(() => child.exitCode === null && process.kill(-pid, 'SIGKILL'));
      await exited;
      void late.catch(() => {});
      if (child.exitCode !== 0 && child.exitCode !== null)
        console.error(`${command} ended with ${child.exitCode}: ${errors}`);
    },
  };
}

/** Fields of /proc/PID/stat after the command, so that index 0 is field 3 (state) of proc(5). */
function statOf(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function familyOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!pid) continue;
    try {
      parents.set(pid, Number(statOf(pid)[1]));
    } catch {
      // The process ended between the listing and the look.
    }
  }
  const family = [root];
  for (let i = 0; i < family.length; i++) {
    for (const [pid, parent] of parents) if (parent === family[i]) family.push(pid);
  }
  return family;
}

function sum(pids: readonly number[], read: (stat: readonly string[]) => number): number {
  return pids.reduce((total, pid) => total + read(statOf(pid)), 0);
}
