/** One message as a parser understood it; text is Latin-1. */
export interface Message {
  /** Method and target of a request as they were sent, or the status of a response. */
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** [name in lower case, value, …] */
  readonly fields: readonly string[];
  body: string;
  trailers: readonly string[];
  /** Its end was found. */
  whole: boolean;
  /** What follows is of another protocol. */
  upgrade: boolean;
}

/** What a parser made of some bytes. */
export interface Reading {
  readonly messages: readonly Message[];
  /** `open`: more bytes are awaited. `refused`: with `why`. `over`: what follows is not looked at. */
  readonly end: 'open' | 'refused' | 'over';
  readonly why: string;
}

/** What is told on, without what concerns one hop only (RFC 9110 section 7.6.1); written here a second time as an oracle. */
export function endToEnd(fields: readonly string[]): string[] {
  const dropped = new Set(ofOneHop);
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] !== 'connection') continue;
    for (const option of (fields[i + 1] as string).toLowerCase().split(',')) {
      const name = option.replaceAll(/^[ \t]+|[ \t]+$/g, '');
      if (!kept.has(name) && !name.startsWith('x-forwarded-')) dropped.add(name);
    }
  }
  return without(fields, dropped);
}

export function without(fields: readonly string[], dropped: ReadonlySet<string>): string[] {
  const rest: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (!dropped.has(fields[i] as string)) rest.push(fields[i] as string, fields[i + 1] as string);
  }
  return rest;
}

const ofOneHop = [
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
];

/** A client does not have these removed by naming them in Connection. */
const kept = new Set(['authorization', 'content-length', 'cookie', 'host', 'set-cookie', 'x-request-id']);

/** What must not depend on how the bytes were split: all but the words of a refusal. */
export const verdict = ({ messages, end }: Reading): string => JSON.stringify({ messages, end });
