import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the loom program to its end, as a user does. */
export const loom = (...args: readonly string[]): Promise<Outcome> => loomIn('.', args);

/** The same in another folder, with other variables of the environment and something on the standard input. */
export async function loomIn(
  cwd: string,
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [resolve('src/main.ts'), ...args], {
    cwd,
    env: { ...process.env, ...env },
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((done, reject) => child.once('error', reject).once('close', done));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
