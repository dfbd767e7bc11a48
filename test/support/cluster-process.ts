import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A program in the background whose output goes to a file. */
export interface Running {
  readonly pid: number;
  /** Everything it printed so far. */
  log(): string;
  /** Its exit code, null after a signal; undefined while it runs. */
  exitCode(): number | null | undefined;
  signal(name: NodeJS.Signals): void;
  /** Sends the signal and waits for the end, a minute at most before SIGKILL. @returns the exit code */
  stop(name?: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();
// When mocha ends in a way that runs no hook, its children must not go on without it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function start(
  command: string,
  args: readonly string[],
  options: { readonly log: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string },
): Running {
  const out = openSync(options.log, 'a');
  const env = { ...process.env, ...options.env };
  const child = spawn(command, args, {
    stdio: ['ignore', out, out],
    env,
    ...(options.cwd && { cwd: options.cwd }),
  });
  closeSync(out);
  running.add(child);
  let code: number | null | undefined;
  const ended = new Promise<number | null>((resolve) => {
    const end = (value: number | null): void => {
      code = value;
      running.delete(child);
      resolve(value);
    };
    child.once('error', () => end(127)).once('exit', end);
  });
  return {
    pid: child.pid ?? 0,
    log: () => readFileSync(options.log, 'utf8'),
    exitCode: () => code,
    signal: (name) => void child.kill(name),
    async stop(name = 'SIGTERM') {
      child.kill(name);
      const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
      const result = await ended;
      clearTimeout(late);
      return result;
    },
  };
}
