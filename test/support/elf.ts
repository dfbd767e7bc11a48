import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Kinds of machines as images name them, by e_machine of ELF headers. */
const machines = new Map([
  [62, 'amd64'],
  [183, 'arm64'],
]);

/** @returns the programs and libraries below a folder, each with its kind of machine, or the number of one that is not known here */
export function binaries(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const head = Buffer.alloc(20);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = openSync(path, 'r');
    const length = readSync(file, head, 0, head.length, 0);
    closeSync(file);
    if (length < head.length || head.toString('latin1', 0, 4) !== '\u007fELF') continue;
    const machine = head.readUInt16LE(18);
    found.set(path, machines.get(machine) ?? String(machine));
  }
  return found;
}
