import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** CPU time of a process so far, of all its threads, in seconds (proc(5)). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
