import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from './wait.ts';

/** Types of frames (RFC 9113 section 6). */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const endStream = 0x1;
export const endHeaders = 0x4;
export const ack = 0x1;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const empty = Buffer.alloc(0);
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** One frame as bytes (RFC 9113 section 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = empty): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

/** A payload of one number of 32 bits: an error code, or an increment of a window. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Pairs of identifier and value (RFC 9113 section 6.5.1). */
export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const bytes = Buffer.alloc(6 * pairs.length);
  for (const [i, [id, value]] of pairs.entries()) {
    bytes.writeUInt16BE(id, 6 * i);
    bytes.writeUInt32BE(value, 6 * i + 2);
  }
  return bytes;
}

/** Fields as literals without indexing and without Huffman (RFC 7541 section 6.2.2): each octet of Latin-1 as it is. */
export function fieldBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), ...literal(name), ...literal(value)]),
  );
}

function literal(text: string): [Buffer, Buffer] {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return [Buffer.from([bytes.length]), bytes];
  const prefix = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>= 7) prefix.push((rest & 127) | 128);
  return [Buffer.from([...prefix, rest]), bytes];
}

export const getFields = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'a'],
  [':path', '/'],
] as const;

/** One side of a connection of HTTP/2 that sends whatever bytes it is told to, and keeps what the other one sends. */
export class FramePeer {
  /** In the order in which they came. */
  readonly frames: Frame[] = [];
  isClosed = false;
  readonly socket: Socket;
  #rest = empty;
  #skip: number;

  private constructor(socket: Socket, skip: number) {
    this.#skip = skip;
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // A server that has had enough may cut the connection while it is written to.
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
  }

  /** Connected, with the settings given, once the server's have come. */
  static async open(port: number, ...pairs: (readonly [id: number, value: number])[]): Promise<FramePeer> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const client = new FramePeer(socket, 0);
    client.send(preface, frame(frameType.settings, 0, 0, settings(...pairs)));
    await eventually('the settings of the server', () => client.find(frameType.settings, 0));
    client.send(frame(frameType.settings, ack, 0));
    return client;
  }

  /** A server, which sends its settings at once. */
  static accept(socket: Socket, ...pairs: (readonly [id: number, value: number])[]): FramePeer {
    const server = new FramePeer(socket, preface.length);
    server.send(frame(frameType.settings, 0, 0, settings(...pairs)), frame(frameType.settings, ack, 0));
    return server;
  }

  /** Says that streams above `last` were not looked at (RFC 9113 section 6.8). */
  goaway(last: number, code = 0): void {
    this.send(frame(frameType.goaway, 0, 0, Buffer.concat([word(last), word(code)])));
  }

  /** An answer of 200 with a body. */
  answer(stream: number, text: string): void {
    const head = frame(frameType.headers, endHeaders, stream, fieldBlock([[':status', '200']]));
    this.send(head, frame(frameType.data, endStream, stream, Buffer.from(text)));
  }

  /** Streams that have a head. */
  get streams(): readonly number[] {
    return this.frames.filter(({ type }) => type === frameType.headers).map(({ stream }) => stream);
  }

  send(...pieces: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(pieces));
  }

  /** Sends what `round` makes, counted from 0, until the connection is ended; not more than a million rounds. */
  async flood(round: (i: number) => Buffer): Promise<void> {
    for (let i = 0; !this.isClosed && i < 1_000_000; i += 100) {
      const rounds = Buffer.concat(Array.from({ length: 100 }, (_, k) => round(i + k)));
      await new Promise<void>((taken) => this.socket.write(rounds, () => taken()));
      // For what the server has to say.
      await new Promise(setImmediate);
    }
  }

  /** A whole GET. */
  get(stream: number): void {
    this.send(frame(frameType.headers, endStream | endHeaders, stream, fieldBlock(getFields)));
  }

  /** The first frame of that type on that stream. */
  find(type: number, stream: number): Frame | undefined {
    return this.frames.find((one) => one.type === type && one.stream === stream);
  }

  /** What became of a stream: its status, or the code that it was reset with. */
  async outcome(stream: number): Promise<string> {
    return eventually(`an answer on stream ${stream}`, () => {
      const head = this.find(frameType.headers, stream);
      if (head) return `status ${statusOf(head.payload)}`;
      const reset = this.find(frameType.reset, stream);
      if (reset) return `reset ${reset.payload.readUInt32BE()}`;
      return this.isClosed ? `closed ${this.goawayCode ?? ''}`.trimEnd() : undefined;
    });
  }

  /** Of the last GOAWAY. */
  get goawayCode(): number | undefined {
    return this.frames.findLast(({ type }) => type === frameType.goaway)?.payload.readUInt32BE(4);
  }

  destroy(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    if (bytes.length < this.#skip) return void (this.#rest = bytes);
    bytes = bytes.subarray(this.#skip);
    this.#skip = 0;
    while (bytes.length >= 9) {
      const end = 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < end) break;
      this.frames.push({
        type: bytes.readUInt8(3),
        flags: bytes.readUInt8(4),
        stream: bytes.readUInt32BE(5),
        payload: bytes.subarray(9, end),
      });
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}

/** Statuses of the static table (RFC 7541 appendix A); those of others are Huffman-coded digits. */
const staticStatuses = [200, 204, 206, 304, 400, 404, 500];

function statusOf(block: Buffer): number {
  const first = block.readUInt8();
  if (first & 0x80) return staticStatuses[(first & 0x7f) - 8] ?? 0;
  // A literal whose name is :status: digits of 5 bits (0 to 2) or 6 (3 to 9), RFC 7541 appendix B.
  const bits = [...block.subarray(2, 2 + (block.readUInt8(1) & 0x7f))]
    .map((octet) => octet.toString(2).padStart(8, '0'))
    .join('');
  let status = 0;
  for (let at = 0, digits = 0; digits < 3; digits++) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    const isShort = short < 3;
    status = status * 10 + (isShort ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3);
    at += isShort ? 5 : 6;
  }
  return status;
}
