import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * What to put before a command so that it runs in network, mount and process namespaces of its own, with the kernel ending
 * whatever it leaves behind. `network`: steps of a shell that set the network up. Undefined where the machine allows none.
 */
export function namespace(network: string): readonly string[] | undefined {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const unshare = ['unshare', ...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const command = [...unshare, 'sh', '-c', `${network} && exec "$@"`, 'sh'];
  if (spawnSync('unshare', [...command.slice(1), 'true'], { stdio: 'ignore' }).status !== 0) return undefined;
  return command;
}

/** Runs mocha behind `prefix`, at the root of the repository. @returns its exit code */
export function runMocha(
  prefix: readonly string[],
  config: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const mocha = [process.execPath, 'node_modules/mocha/bin/mocha.js', '--config', config, ...args];
  const [command = '', ...rest] = [...prefix, ...mocha];
  const cwd = join(import.meta.dirname, '..');
  const child = spawn(command, rest, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' });
  // The terminal signals the whole group; a supervisor signals only this process, and then all must end too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });
}

/** Says loudly what is missing. @returns the exit code for it: in CI a test must not vanish */
export function unable(why: string): number {
  const line = '!'.repeat(Math.min(110, why.length));
  console.error(`${line}\n${why}\n${line}`);
  return process.env['CI'] ? 1 : 0;
}
