import { LoomError } from '../../errors.ts';
import type { RedisListener } from '../../upstream/callouts/redis-call.ts';
import { bufferType } from '../abi/enums.ts';
import { answer } from './answer.ts';
import type { PendingCall } from './pending-call.ts';

/** What proxy_redis_init said about a cluster. */
export interface RedisLogin {
  readonly user: string;
  readonly password: string;
  readonly database: number;
  readonly timeoutMs: number;
}

/** Higress adds `?db=1&…` to the name; the other settings there are about batching, and Loom never holds back a command. */
export function parseRedisName(text: string): { readonly name: string; readonly database: number } {
  const [name = '', query = ''] = text.split('?', 2);
  const database = /(?:^|&)db=(\d{1,5})(?:&|$)/.exec(query)?.[1];
  return { name, database: Number(database ?? 0) };
}

/**
 * Commands that change the connection, which other calls share, or that answer with anything but one reply. The name is in
 * upper case.
 */
export const keepsConnection = (command: string): boolean => !stateful.has(command);
const stateful: ReadonlySet<string> = new Set(
  (
    'AUTH HELLO SELECT CLIENT QUIT RESET READONLY READWRITE ASKING MULTI EXEC DISCARD WATCH UNWATCH SUBSCRIBE UNSUBSCRIBE ' +
    'PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE MONITOR SYNC PSYNC REPLCONF'
  ).split(' '),
);

const failed = 1;

/** Turns what becomes of a command into proxy_on_redis_call_response. */
export class RedisAnswer implements RedisListener {
  readonly #call: PendingCall;

  constructor(call: PendingCall) {
    this.#call = call;
  }

  reply(bytes: Buffer): void {
    this.#call.end('ok');
    this.#call.deliver('redisCallResponse', answer({ [bufferType.redisAnswer]: bytes }), 0, bytes.length);
  }

  failed(error: LoomError): void {
    this.#call.end(error.code, error.message);
    this.#call.deliver('redisCallResponse', answer({}), failed, 0);
  }
}
