import { STATUS_CODES } from 'node:http';
import { LoomError } from '../../errors.ts';
import type { HeaderList } from '../headers.ts';

/** What no field value may hold on the wire (RFC 9110 section 5.5): a line break would be another field. */
export const illegalInValue = /[^\t\x20-\x7e\x80-\xff]/;

/** The field lines of a list. Throws LoomError `internal` for what HTTP cannot carry: a plugin or middleware made it. */
export function fieldLines({ flat, isSound }: HeaderList): string {
  let text = '';
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    const value = flat[i + 1] as string;
    if (!isSound && illegalInValue.test(value))
      throw new LoomError('internal', `the value of ${name} cannot be sent`);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

const lines: (string | undefined)[] = [];

/** `HTTP/1.1 200 OK\r\n`. An unknown status has an empty reason (RFC 9112 section 4). */
export const statusLine = (status: number): string =>
  (lines[status] ??= `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`);

let second = 0;
let date = '';
let line = '';

function renew(): void {
  const now = Math.floor(Date.now() / 1000);
  if (now === second) return;
  second = now;
  date = new Date(now * 1000).toUTCString();
  line = `date: ${date}\r\n`;
}

/** The value of `Date` (RFC 9110 section 6.6.1), made once a second. */
export function dateValue(): string {
  renew();
  return date;
}

/** The same as a line of HTTP/1. */
export function dateLine(): string {
  renew();
  return line;
}
