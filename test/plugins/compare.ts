import type { Arrived } from './backend.ts';
import type { Case } from './case.ts';
import type { Received } from './client.ts';
import { isOwn } from './own-fields.ts';
import type { Said } from './proxy.ts';

/** All that one proxy did with one exchange. */
export interface Outcome {
  readonly received: Received;
  readonly backend: readonly Arrived[];
  readonly other: readonly Arrived[];
  /** What the plugins logged. */
  readonly said: readonly Said[];
}

/**
 * The outcome without what may differ, when `quiet` also without what plugins said, in a form that reads well in a failed
 * assertion.
 */
export function comparable(
  { received, backend, other, said }: Outcome,
  quiet: boolean,
  varies: Case['varies'],
): object {
  return {
    status: received.status,
    headers: fields(received.headers),
    body: short(varies ? received.body.replaceAll(varies, '…') : received.body),
    trailers: fields(received.trailers),
    end: received.end,
    backend: backend.map(seen),
    other: other.map(seen),
    said: quiet
      ? []
      : said
          .toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0))
          .flatMap(({ text }) => (text.startsWith('@ ') ? [spoken(text)] : [])),
  };
}

/**
 * Plugin by plugin, since a body at hand may pass one to its end before the next sees its first piece, or not. What no exchange
 * is the cause of comes when it comes.
 */
const rank = ({ plugin, text }: Said): string => (/^@ (queue|tick)/.test(text) ? '~' : plugin);

/** In the order of names; fields of the same name keep theirs. */
function fields(list: readonly (readonly [string, string])[]): string[] {
  const kept = list.filter(([name]) => !isOwn(name));
  return kept
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}: ${value}`);
}

function seen({ method, url, headers, body, trailers }: Arrived): object {
  return { method, url, headers: fields(headers), body: short(body), trailers: fields(trailers) };
}

const short = (body: string): string =>
  body.length > 300 ? `${body.length} bytes ${body.slice(0, 100)}…${body.slice(-100)}` : body;

/** A line of the probe: headers that may differ are left out of lists, ports out of addresses. */
function spoken(line: string): string {
  const pairs = / pairs \d -> \d (.*)$/.exec(line);
  const text = pairs
    ? line.slice(0, line.length - (pairs[1] as string).length) +
      fields(
        (pairs[1] as string).split('|').map((pair) => pair.split(/(?<=.)=(.*)/, 2) as [string, string]),
      ).join('|')
    : line;
  return text.replaceAll(/\d+ 127\.0\.0\.1:\d+/g, 'ADDRESS');
}
