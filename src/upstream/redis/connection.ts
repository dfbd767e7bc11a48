import { connect, Socket } from 'node:net';
import { LoomError } from '../../errors.ts';
import { foreignPlace } from '../../foreign.ts';
import { toLoomError } from '../failures.ts';
import type { TlsClient } from '../tls-client.ts';
import { respCommand, respEnd } from './resp.ts';

export interface RedisSettings {
  readonly user: string;
  readonly password: string;
  readonly database: number;
  /** undefined: in clear. */
  readonly tls?: TlsClient;
  /** As Upstream.foreignOnly. */
  readonly foreignOnly?: true | undefined;
}

/** Hears exactly one of the two. */
export interface ReplyListener {
  reply(bytes: Buffer): void;
  failed(error: LoomError): void;
}

const unusedMs = 120_000;
const maxReplyBytes = 16 << 20;

/**
 * One connection to Redis for all calls of a worker with the same settings: commands go out as they come, and
 * replies come in the same order. Whatever goes wrong with one ends it, because nothing else says which reply is whose.
 */
export class RedisConnection {
  readonly #socket: Socket;
  readonly #onEnd: (error: LoomError) => void;
  readonly #waiting: ReplyListener[] = [];
  #chunks: Buffer[] = [];
  #bytes = 0;
  #needed = 1;
  #connected = false;
  #ended = false;

  /** `onEnd`: it must not be used any more. */
  constructor(
    host: string,
    port: number,
    connectTimeoutMs: number,
    settings: RedisSettings,
    onEnd: (error: LoomError) => void,
  ) {
    this.#onEnd = onEnd;
    const { user, password, database, tls, foreignOnly } = settings;
    const to = foreignOnly ? foreignPlace(host, port) : { host, port };
    if (to instanceof Error) this.#socket = new Socket().destroy(to);
    else this.#socket = tls ? tls.connect(to) : connect({ ...to, noDelay: true, keepAlive: true });
    const timer =
      connectTimeoutMs > 0
        ? setTimeout(() => this.end(new LoomError('connect-timeout')), connectTimeoutMs)
        : undefined;
    this.#socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      this.#connected = true;
    });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', (error) => this.end(toLoomError(error, this.#connected)));
    this.#socket.on('close', () => {
      clearTimeout(timer);
      this.end(new LoomError('upstream-reset'));
    });
    this.#socket.setTimeout(unusedMs, () => {
      if (this.#waiting.length === 0) this.end(new LoomError('idle-timeout'));
    });
    if (password !== '') this.#prepare('AUTH', ...(user === '' ? [] : [user]), password);
    if (database !== 0) this.#prepare('SELECT', String(database));
  }

  send(command: Buffer, listener: ReplyListener): void {
    this.#waiting.push(listener);
    this.#socket.write(command);
  }

  end(error: LoomError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(error);
    this.#socket.destroy();
    for (const listener of this.#waiting.splice(0)) listener.failed(error);
  }

  #prepare(...words: readonly string[]): void {
    this.send(respCommand(...words), {
      reply: (bytes) => {
        if (bytes[0] === 0x2d)
          this.end(
            new LoomError('upstream-protocol', `${words[0]}: ${bytes.subarray(1, 200).latin1Slice().trim()}`),
          );
      },
      failed: () => undefined,
    });
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    try {
      for (;;) {
        const end = respEnd(bytes, 0);
        if (end > maxReplyBytes) throw new Error(`a reply of more than ${maxReplyBytes} bytes`);
        this.#needed = end;
        if (end > bytes.length) break;
        const listener = this.#waiting.shift();
        if (!listener) throw new Error('a reply that nobody asked for');
        listener.reply(bytes.subarray(0, end));
        bytes = bytes.subarray(end);
      }
    } catch (error) {
      this.end(new LoomError('upstream-protocol', (error as Error).message, error));
    }
    this.#chunks = bytes.length > 0 ? [bytes] : [];
    this.#bytes = bytes.length;
  }
}
