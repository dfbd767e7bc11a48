import { randomBytes } from 'node:crypto';

export const requestIdHeader = 'x-request-id';

/** Random once per thread, then counted: unique over processes and restarts without a random number per request. */
const prefix = randomBytes(9).toString('base64url');
let count = 0;

export function makeRequestId(): string {
  count = (count + 1) % Number.MAX_SAFE_INTEGER;
  return `${prefix}-${count.toString(36)}`;
}

/** Ids of trusted peers are kept when they are short and cannot break a log line or a header. */
export function isRequestId(text: string): boolean {
  return text.length <= 128 && /^[A-Za-z0-9._:/+=-]+$/.test(text);
}
