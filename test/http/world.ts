import { safePaths } from '../../src/http/path.ts';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { CertificateStore } from '../../src/http/certificates.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { ForwardedFields } from '../../src/http/forwarded.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { QuicShare } from '../../src/http/http3/quic-share.ts';
import { HttpListener, type ListenerParts } from '../../src/http/listener.ts';
import { errorReply } from '../../src/http/respond.ts';
import { TicketKeys } from '../../src/http/ticket-keys.ts';
import type { Limits, ListenerSettings, ListenerTls } from '../../src/model/settings.ts';

export const limits: Limits = {
  maxRequestBodyBytes: 1 << 20,
  maxHeaderBytes: 65_536,
  maxHeaders: 1000,
  paths: safePaths,
  halfClose: false,
  headerTimeoutMs: 60_000,
  keepAliveMs: 60_000,
  clientIdleMs: 60_000,
  tunnelIdleMs: 0,
  http2MaxStreams: 128,
  http2ResetsPerSecond: 100,
  http2OverheadBytesPerSecond: 16_384,
};

interface Parts {
  readonly protocol?: ListenerSettings['protocol'];
  readonly limits?: Partial<Limits>;
  readonly certificates?: CertificateStore;
  readonly trusted?: readonly string[];
  readonly tls?: ListenerTls;
  readonly proxyProtocol?: true;
  readonly ticketKeys?: TicketKeys;
  readonly admission?: ListenerParts['admission'];
  readonly refused?: ListenerParts['refused'];
  readonly abused?: ListenerParts['abused'];
  readonly troubled?: ListenerParts['troubled'];
  readonly failed?: ListenerParts['failed'];
  /** With HTTP/3. */
  readonly quic?: QuicShare;
}

export function listenerParts(
  handle: (exchange: Exchange) => void = answer,
  { limits: some = {}, certificates = new CertificateStore(), trusted = [], ...told }: Parts = {},
): ListenerParts {
  const { refused = ignore, abused = ignore, troubled = ignore, ticketKeys = new TicketKeys() } = told;
  const forwarded = new ForwardedFields(trusted);
  const all = { ...limits, ...some };
  const { admission, quic, failed = raise } = told;
  const common = { limits: all, forwarded, certificates, ticketKeys, admission, ...(quic && { quic }) };
  return { ...common, handle, refused, abused, troubled, failed };
}

/** A listener on a loopback port of its own. */
export async function startListener(
  handle: (exchange: Exchange) => void,
  parts: Parts = {},
): Promise<{ readonly listener: HttpListener; readonly port: number }> {
  const { protocol = 'http', tls, proxyProtocol } = parts;
  const listener = new HttpListener(
    {
      name: 'test',
      host: '127.0.0.1',
      port: 0,
      protocol,
      ...(tls && { tls }),
      ...(proxyProtocol && { proxyProtocol }),
      ...(parts.quic && { http3: {} }),
    },
    listenerParts(handle, parts),
  );
  const { port } = await listener.listen();
  return { listener, port };
}

/** Answers 200 with this text, or as a gateway does what the listener has refused. */
export function answer(exchange: Exchange, text = 'ok', done: (error?: Error) => void = ignore): void {
  if (exchange.refusal) {
    const { head, body: why } = errorReply(exchange.refusal, exchange);
    exchange.wire.respond(head, why, done);
    return;
  }
  const body = Buffer.from(text);
  const headers = new HeaderList(['content-length', String(body.length)]);
  exchange.wire.respond({ status: 200, headers }, body, done);
}

export const ignore = (): void => undefined;
const raise = (_listener: string, error: unknown): never => {
  throw error;
};

/** A GET as bytes. */
export const get = (path: string, ...lines: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n');
export const last = 'Connection: close';

/** What a test opens, for one `close` after it. */
export class Opened {
  /** The last one. */
  listener: HttpListener | undefined;
  readonly #listeners: HttpListener[] = [];
  #sockets: Socket[] = [];

  async start(...args: Parameters<typeof startListener>): Promise<number> {
    const { listener, port } = await startListener(...args);
    this.listener = listener;
    this.#listeners.push(listener);
    return port;
  }

  /** A connection that collects what it gets. */
  async open(port: number): Promise<{ readonly socket: Socket; readonly got: () => string }> {
    const socket = connect(port, '127.0.0.1');
    this.keep(socket);
    let got = '';
    socket.setEncoding('latin1').on('data', (some: string) => (got += some));
    socket.on('error', ignore);
    await once(socket, 'connect');
    return { socket, got: () => got };
  }

  keep(socket: Socket): void {
    this.#sockets.push(socket);
  }

  close(): void {
    for (const listener of this.#listeners.splice(0)) listener.destroy();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets = [];
  }
}
