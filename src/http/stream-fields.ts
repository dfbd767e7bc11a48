import { connectionFields } from './connection-fields.ts';
import type { ResponseHead } from './exchange.ts';
import { dateValue } from './http1/head-text.ts';

/** The fields of a response of HTTP/2 or HTTP/3 as [name, value, …], the status first. */
export function streamFields({ status, headers }: ResponseHead): string[] {
  // A tunnel is open with 200 here (RFC 8441 section 5); its accept key belongs to the handshake of HTTP/1.
  const isTunnel = status === 101;
  const fields = [':status', String(isTunnel ? 200 : status)];
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (connectionFields.has(name) || (isTunnel && name === 'sec-websocket-accept')) continue;
    fields.push(name, flat[i + 1] as string);
  }
  if (!headers.has('date')) fields.push('date', dateValue());
  return fields;
}
