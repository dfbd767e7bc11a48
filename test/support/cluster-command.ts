import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/**
 * Runs a program to its end. @returns its stdout. Throws with its stderr when it ends with another code than 0, or has `forbidden` in it.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly forbidden?: string } = {},
): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...options.env } });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  // A program may end before it has read its input; its exit code says whether that was a failure.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr || stdout}`);
  if (options.forbidden !== undefined && stderr.includes(options.forbidden))
    throw new Error(`${command} ${args.join(' ')} says ${stderr}`);
  return stdout;
}
