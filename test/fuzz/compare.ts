import { HeaderList } from '../../src/http/headers.ts';
import { readTarget } from '../../src/http/target.ts';
import { knowsMethod } from './llhttp.ts';
import type { LoomReading } from './loom-requests.ts';
import { endToEnd, without, type Message, type Reading } from './reading.ts';

/** Where two readings of the same bytes differ in what must not differ; undefined when they agree. */
export function requestsDiffer(ours: LoomReading, theirs: Reading): string | undefined {
  for (const [i, mine] of ours.messages.entries()) {
    const other = theirs.messages[i];
    if (!other)
      return isExcused(mine, theirs) ? undefined : `request ${i} was forwarded, llhttp says ${theirs.why}`;
    if (mine.method !== other.method) return `methods ${mine.method} and ${other.method}`;
    const head = { ...mine, scheme: 'http' as const, path: '', query: '', headers: new HeaderList() };
    const host = other.fields.findIndex((text, at) => at % 2 === 0 && text === 'host');
    readTarget(other.target, host === -1 ? undefined : other.fields[host + 1], head);
    const target = head.query === '' ? head.path : `${head.path}?${head.query}`;
    if (mine.target !== target) return `targets ${mine.target} and ${target}`;
    if (mine.authority !== head.authority) return `authorities ${mine.authority} and ${head.authority}`;
    if (other.upgrade) return undefined;
    const differ = messagesDiffer(mine, other, i);
    if (differ !== undefined) return differ;
  }
  return endsDiffer(ours, theirs);
}

/**
 * Where llhttp is stricter than the RFC; none of these frames a message.
 * - Methods are an open set (RFC 9110 section 16.1), llhttp has a list.
 */
const isExcused = (mine: Message, { why }: Reading): boolean =>
  why === 'INVALID_METHOD' && !knowsMethod(mine.method);

/**
 * The same for responses:
 * - An interim one with `Connection: close` says what will be done behind the final one (RFC 9112 section 9.6, RFC 9110
 *   section 15.2); llhttp takes no final one any more.
 */
const isAnnounced = (i: number, { why }: Reading): boolean => i > 0 && why === 'CLOSED_CONNECTION';

/** The same of the responses to one request. */
export function responsesDiffer(ours: Reading, theirs: Reading): string | undefined {
  for (const [i, mine] of ours.messages.entries()) {
    const other = theirs.messages[i];
    if (!other)
      return isAnnounced(i, theirs) ? undefined : `response ${i} was forwarded, llhttp says ${theirs.why}`;
    if (mine.status !== other.status) return `statuses ${mine.status} and ${other.status}`;
    if (mine.status === 101 || other.upgrade) return undefined;
    const differ = messagesDiffer(mine, other, i);
    if (differ !== undefined) return differ;
    // Nobody asked for what comes behind the final response.
    if (mine.status >= 200)
      return mine.whole || !other.whole || ours.end !== 'open'
        ? undefined
        : `response ${i} has ended for llhttp only`;
  }
  return endsDiffer(ours, theirs);
}

function messagesDiffer(mine: Message, other: Message, i: number): string | undefined {
  const fields = endToEnd(other.fields);
  if (!same(mine.fields, fields))
    return `fields ${JSON.stringify(mine.fields)} and ${JSON.stringify(fields)}`;
  if (mine.whole && !other.whole) return `message ${i} has ended for Loom only`;
  if (!mine.whole || !other.whole) {
    if (mine.body.startsWith(other.body) || other.body.startsWith(mine.body)) return undefined;
    return `bodies ${JSON.stringify(mine.body)} and ${JSON.stringify(other.body)}`;
  }
  if (mine.body !== other.body)
    return `bodies ${JSON.stringify(mine.body)} and ${JSON.stringify(other.body)}`;
  const trailers = without(endToEnd(other.trailers), notInTrailers);
  return same(mine.trailers, trailers)
    ? undefined
    : `trailers ${JSON.stringify(mine.trailers)} and ${JSON.stringify(trailers)}`;
}

/**
 * Loom must not wait for the rest of a message that has ended: what follows would be another's. A head that it waits for has
 * gone nowhere yet; llhttp ends some at a CR alone, which RFC 9112 section 2.2 forbids.
 */
function endsDiffer(ours: Reading, theirs: Reading): string | undefined {
  const last = ours.messages.length - 1;
  const waits = ours.end === 'open' && ours.messages[last]?.whole === false;
  return waits && theirs.messages[last]?.whole ? `Loom waits, llhttp has read message ${last}` : undefined;
}

const notInTrailers = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'set-cookie',
  'trailer',
]);

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);
