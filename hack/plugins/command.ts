import { spawn } from 'node:child_process';

/** Why a program of the lane is not there, and what to install. */
export class NoToolchain extends Error {}

/**
 * Runs a program to its end with little priority; what it prints is shown only when it fails. Throws NoToolchain with
 * `remedy` when there is no such program.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv; readonly remedy: string },
): Promise<void> {
  const child = spawn('nice', ['-n', '5', command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void said.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  // nice, env and sh say so with 127.
  if (code === 127) throw new NoToolchain(`there is no ${command}: ${options.remedy}`);
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${Buffer.concat(said).toString()}`);
}
