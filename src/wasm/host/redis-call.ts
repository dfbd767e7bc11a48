import { status } from '../abi/status.ts';
import { tokenKind } from '../calls/calls.ts';
import { keepsConnection, parseRedisName, RedisAnswer } from '../calls/redis.ts';
import type { Host } from './host.ts';

const maxCommand = 16 << 20;

/**
 * How to speak to a Redis; nothing is sent yet. The name may end in `?db=N`, and calls may leave that out. BAD_ARGUMENT: no such
 * upstream, or not granted.
 */
export function proxyRedisInit(
  host: Host,
  upstream: number,
  upstreamSize: number,
  user: number,
  userSize: number,
  password: number,
  passwordSize: number,
  timeoutMs: number,
): number {
  const { memory, calls } = host;
  const text = memory.latin1(upstream, upstreamSize);
  const { name, database } = parseRedisName(text);
  const login = {
    user: memory.utf8(user, userSize),
    password: memory.utf8(password, passwordSize),
    database,
    timeoutMs: Math.max(0, timeoutMs | 0),
  };
  return calls.destination(name) && calls.login(text, name, login) ? status.ok : status.badArgument;
}

/**
 * Sends one command in RESP; the reply comes as it is to proxy_on_redis_call_response. BAD_ARGUMENT: no proxy_redis_init for
 * that name, not exactly one command, or one that changes the connection for all; INTERNAL_FAILURE: too many calls at once.
 */
export function proxyRedisCall(
  host: Host,
  upstream: number,
  upstreamSize: number,
  query: number,
  querySize: number,
  tokenOut: number,
): number {
  const { memory, calls } = host;
  memory.setU32(tokenOut, 0);
  if (querySize >>> 0 > maxCommand) return status.badArgument;
  const text = memory.latin1(upstream, upstreamSize);
  const command = memory.copy(query, querySize);
  const login = calls.loginOf(text);
  const found = login && calls.destination(parseRedisName(text).name);
  const name = calls.callouts.redisCommand(command);
  if (!found || name === undefined || !keepsConnection(name)) return status.badArgument;
  const call = calls.begin(tokenKind.redis, found.upstream);
  if (!call) return status.internalFailure;
  const sent = calls.callouts.redis(found.to, { ...login, command }, new RedisAnswer(call));
  call.cancel = () => sent.cancel();
  memory.setU32(tokenOut, call.token);
  return status.ok;
}
