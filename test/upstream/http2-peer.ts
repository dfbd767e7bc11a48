import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { ignore } from '../http/world.ts';
import type { TlsPair } from '../support/tls-pair.ts';

export type Handle = (stream: ServerHttp2Stream, headers: Record<string, string>, raw: string[]) => void;

/** A server of HTTP/2 with its connections. */
export class Peer {
  readonly server: Http2Server | Http2SecureServer;
  readonly sessions: ServerHttp2Session[] = [];
  streams = 0;

  constructor(handle: Handle, options: ServerOptions = {}, pair?: TlsPair) {
    this.server = pair ? createSecureServer({ ...options, ...pair }) : createServer(options);
    this.server.on('session', (session) => this.sessions.push(session));
    this.server.on('sessionError', ignore);
    this.server.on('stream', (stream: ServerHttp2Stream, headers, _flags, raw: string[]) => {
      this.streams++;
      stream.on('error', ignore);
      handle(stream, headers as Record<string, string>, raw);
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    for (const session of this.sessions) session.destroy();
    this.server.close();
  }
}
