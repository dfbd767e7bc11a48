import { connect, type Socket } from 'node:net';
import { pieces } from './backend.ts';
import type { Case } from './case.ts';

/** A response as it came over the wire. */
export interface Received {
  /** 0: the connection ended, or nothing came in time, before there was a status. */
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Latin-1, without framing. */
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
  /** How it ended; `cut` is a body that is shorter than it was told, `late` one that did not end in time. */
  readonly end: 'whole' | 'cut' | 'late' | 'garbage';
}

const seconds = 30;

/** Sends the request of a case over a connection of its own, byte for byte, and reads one response. */
export async function exchange(
  port: number,
  host: string,
  { method = 'GET', path = '/', headers = [], body = [], trailers = [] }: Case,
  said: (text: string) => Promise<void>,
): Promise<Received> {
  const [only] = body;
  const whole = body.length <= 1 && typeof only !== 'object' && trailers.length === 0;
  const framing: [string, string][] =
    body.length === 0 && !trailers.length
      ? []
      : [whole ? ['content-length', `${(only as string).length}`] : ['transfer-encoding', 'chunked']];
  const fields = [['host', host], ...headers, ...framing, ['connection', 'close']] as const;
  const socket = connect({ port, host: '127.0.0.1' });
  const received = read(socket, method);
  const write = (text: string): void => void socket.write(text, 'latin1');
  write(`${method} ${path} HTTP/1.1\r\n${fields.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`);
  const sending = pieces(body, said, (text) =>
    write(whole ? text : `${text.length.toString(16)}\r\n${text}\r\n`),
  ).then(() => {
    if (!whole) write(`0\r\n${trailers.map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`);
  });
  // An answer may come before the request has ended, and then what its pieces wait for never happens.
  const answer = await Promise.race([received, sending.then(() => received)]);
  sending.catch(() => undefined);
  socket.destroy();
  return answer;
}

/** Reads to the end of the connection, which the proxies make after the response since the request asks for that. */
function read(socket: Socket, method: string): Promise<Received> {
  const { promise, resolve } = Promise.withResolvers<Received>();
  let bytes = '';
  const deadline = setTimeout(() => resolve({ ...parse(bytes, method), end: 'late' }), seconds * 1000);
  const finish = (): void => {
    clearTimeout(deadline);
    resolve(parse(bytes, method));
  };
  socket.setEncoding('latin1').on('data', (text: string) => (bytes += text));
  socket.on('error', finish).on('close', finish);
  return promise;
}

const nothing: Received = { status: 0, headers: [], body: '', trailers: [], end: 'cut' };

function parse(bytes: string, method: string): Received {
  const at = bytes.indexOf('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d\d\d)/.exec(bytes)?.[1] ?? 0);
  if (at < 0 || !status) return nothing;
  const headers = lines(bytes.slice(0, at).split('\r\n').slice(1));
  const rest = bytes.slice(at + 4);
  const told = { status, headers };
  if (method === 'HEAD' || status === 204 || status === 304)
    return { ...told, body: '', trailers: [], end: rest === '' ? 'whole' : 'garbage' };
  const length = headers.find(([name]) => name === 'content-length')?.[1];
  if (headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked'))
    return { ...told, ...unchunk(rest) };
  if (length === undefined) return { ...told, body: rest, trailers: [], end: 'whole' };
  const end = rest.length === Number(length) ? 'whole' : rest.length < Number(length) ? 'cut' : 'garbage';
  return { ...told, body: rest, trailers: [], end };
}

function unchunk(text: string): Pick<Received, 'body' | 'trailers' | 'end'> {
  let at = 0;
  let body = '';
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return { body, trailers: [], end: 'cut' };
    const size = Number.parseInt(text.slice(at, line), 16);
    if (!size) {
      const trailers = lines(
        text
          .slice(line + 2)
          .split('\r\n')
          .filter(Boolean),
      );
      return { body, trailers, end: text.endsWith('\r\n\r\n') ? 'whole' : 'cut' };
    }
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

const lines = (list: readonly string[]): [string, string][] =>
  list.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
