import { createHash } from 'node:crypto';
import { once, type EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** One frame of a WebSocket (RFC 6455 section 5.2), masked as clients must. */
export function frame(payload: Buffer | string, { opcode = 1, masked = false } = {}): Buffer {
  const body = Buffer.from(payload);
  const { length } = body;
  const head =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, ...uint32(length)];
  if (!masked) return Buffer.concat([Buffer.from([0x80 | opcode, ...head]), body]);
  head[0] = (head[0] as number) | 0x80;
  const key = [1, 2, 3, 4];
  for (let i = 0; i < length; i++) body[i] = (body[i] as number) ^ (key[i % 4] as number);
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, ...key]), body]);
}

const uint32 = (n: number): number[] => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];

/** Tells `found` of the frames of a byte stream, unmasked. */
export function readFrames(stream: Duplex, found: (frame: Frame) => void): void {
  let input: Buffer = Buffer.alloc(0);
  stream.on('data', (piece: Buffer) => {
    input = Buffer.concat([input, piece]);
    for (;;) {
      const one = firstFrame(input);
      if (!one) return;
      input = input.subarray(one.size);
      found(one);
    }
  });
}

function firstFrame(input: Buffer): (Frame & { readonly size: number }) | undefined {
  if (input.length < 2) return undefined;
  const short = input.readUInt8(1) & 0x7f;
  const isMasked = (input.readUInt8(1) & 0x80) !== 0;
  const lengthEnd = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  const start = lengthEnd + (isMasked ? 4 : 0);
  if (input.length < start) return undefined;
  const length =
    short === 126 ? input.readUInt16BE(2) : short === 127 ? Number(input.readBigUInt64BE(2)) : short;
  if (input.length < start + length) return undefined;
  const payload = Buffer.from(input.subarray(start, start + length));
  if (isMasked)
    for (let i = 0; i < length; i++) payload[i] = payload.readUInt8(i) ^ input.readUInt8(lengthEnd + (i % 4));
  return { opcode: input.readUInt8(0) & 15, payload, size: start + length };
}

/** The code of a Close frame. */
export const closeCode = ({ payload }: Frame): number => payload.readUInt16BE(0);

/**
 * A server of WebSockets that says back what it hears, answers Close with Close, and keeps the codes that it saw. Of `/refused` it wants
 * none; to `leave` it says Close with 4000 by itself, to `break` it breaks off.
 */
export async function startEcho(): Promise<{
  readonly port: number;
  readonly codes: readonly number[];
  /** Connections that are open. */
  readonly open: ReadonlySet<Duplex>;
  close(): void;
}> {
  const codes: number[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    if (request.url === '/refused')
      return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    const key = String(request.headers['sec-websocket-key']);
    const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${proof}\r\n\r\n`,
    );
    sockets.add(socket.on('error', () => undefined));
    socket.on('close', () => sockets.delete(socket)).on('end', () => socket.end());
    let isLeaving = false;
    readFrames(socket, ({ opcode, payload }) => {
      const text = opcode === 1 ? payload.toString() : '';
      if (text === 'break') return void socket.destroy();
      if (text === 'leave') isLeaving = true;
      if (!isLeaving) socket.write(frame(payload, { opcode }));
      else if (opcode !== 8) socket.write(frame(Buffer.from([0x0f, 0xa0]), { opcode: 8 }));
      if (opcode !== 8) return;
      codes.push(payload.readUInt16BE(0));
      socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, codes, open: sockets, close };
}

/** Rejects when that closes before. */
function unless<T>(it: EventEmitter, work: Promise<T>): Promise<T> {
  const closed = once(it, 'close').then(() => {
    throw new Error('no answer');
  });
  return Promise.race([work, closed]);
}

/** How a client may ask for a tunnel: each gives a stream on which nothing but the tunnel is left. */
export const tunnelWires: Readonly<Record<string, (port: number, protocol?: string) => Promise<Duplex>>> = {
  'HTTP/1.1': async (port, protocol = 'websocket') => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    let head = Buffer.alloc(0);
    while (!head.includes('\r\n\r\n')) {
      if (socket.destroyed) throw new Error('no answer');
      await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
      head = Buffer.concat([head, (socket.read() as Buffer | null) ?? Buffer.alloc(0)]);
    }
    if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(head.toString('latin1'));
    const rest = head.subarray(head.indexOf('\r\n\r\n') + 4);
    if (rest.length > 0) socket.unshift(rest);
    return socket;
  },
  'HTTP/2': async (port, protocol = 'websocket') => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    await unless(session, once(session, 'remoteSettings'));
    const stream = session.request(
      {
        ':method': 'CONNECT',
        ':protocol': protocol,
        ':path': '/chat',
        ':authority': 'localhost',
        ':scheme': 'http',
      },
      { endStream: false },
    );
    stream.on('error', () => undefined);
    stream.on('close', () => session.destroy());
    const [fields] = (await unless(stream, once(stream, 'response'))) as [Record<string, unknown>];
    if (fields[':status'] !== 200) throw new Error(`status ${String(fields[':status'])}`);
    return stream;
  },
};
