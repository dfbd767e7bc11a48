import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Server, type ListenOptions } from 'node:net';
import { threadName } from 'node:worker_threads';

/**
 * Loaded into each thread of Loom (`--import`): while the file LOOM_FAULT exists, the first data worker removes it when it is about to
 * bind port 8001, and ends as the file says: `error` that nobody catches, or `exit`.
 */
const file = process.env['LOOM_FAULT'] ?? '';
if (threadName === 'loom-worker-0' && existsSync(file)) {
  const listen = Reflect.get(Server.prototype, 'listen') as (this: Server, ...all: unknown[]) => Server;
  const fail = function (this: Server, options: ListenOptions, bound?: () => void): Server {
    if (options.port !== 8001 || !existsSync(file)) return listen.call(this, options, bound);
    const how = readFileSync(file, 'utf8');
    rmSync(file);
    if (how === 'exit') process.exit(3);
    process.nextTick(() => {
      throw new Error('thrown on purpose');
    });
    return this;
  };
  Reflect.set(Server.prototype, 'listen', fail);
}
