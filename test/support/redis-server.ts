import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './wait.ts';
import { freePort } from './free-port.ts';

export interface RedisServer {
  readonly port: number;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

const binaries = ['/usr/bin/redis-server', '/usr/bin/valkey-server', '/usr/local/bin/redis-server'];

/** The binary of a Redis. Without one: undefined, but in CI an error, because there a test must not vanish. */
export function redisBinary(): string | undefined {
  const found = binaries.find((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });
  if (!found && process.env['CI']) throw new Error('install redis-server: the tests of Redis calls need it');
  if (!found)
    console.log('  (no redis-server: tests of Redis calls are skipped; apt-get install redis-server)');
  return found;
}

/** A real Redis on a loopback port, a free one unless `--port` is among the options, with nothing on disk. */
export async function startRedis(binary: string, ...options: readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'loom-redis-'));
  const given = options.indexOf('--port');
  const port = given < 0 ? await freePort() : Number(options[given + 1]);
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder];
  const child = spawn(binary, [...own, ...options], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await eventually(
    'Redis listens',
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        // Without a limit of its own one look could take for ever, and nothing would say what hangs.
        socket.setTimeout(1000, () => socket.destroy());
        socket.once('connect', () => socket.destroy());
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('close', () => resolve(false));
      }),
  );
  return {
    port,
    child,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
