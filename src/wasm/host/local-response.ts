import { parsePairs } from '../abi/header-map.ts';
import { status } from '../abi/status.ts';
import { localReply } from '../context/local-reply.ts';
import type { Host } from './host.ts';

/** Larger answers are not what this call is for; they would be copied on the request path. */
const maxBody = 16 << 20;

/**
 * Answers the exchange of the current context. The first call counts, further ones succeed and do nothing; so does a call
 * without an exchange, or at its end. In the middle of the response it cuts the exchange.
 */
export function proxySendLocalResponse(
  host: Host,
  code: number,
  details: number,
  detailsSize: number,
  body: number,
  bodySize: number,
  pairs: number,
  pairsSize: number,
  grpc: number,
): number {
  const { memory, stream } = host;
  memory.check(details, detailsSize);
  memory.check(body, bodySize);
  memory.check(pairs, pairsSize);
  if (bodySize >>> 0 > maxBody) return status.badArgument;
  if (!stream || stream.ended || stream.reply) return status.ok;
  const sent = parsePairs(memory.subarray(pairs, pairsSize)) ?? [];
  const reply = localReply(
    stream.exchange,
    code >>> 0,
    memory.copy(body, bodySize),
    host.access.response?.writable(sent) ?? sent,
    grpc | 0,
  );
  stream.answer(reply, memory.latin1(details, Math.min(detailsSize >>> 0, 1024)).replaceAll(' ', '_'));
  return status.ok;
}
