import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { threadId } from 'node:worker_threads';

/** What can be told of a client's connection. Asked for by few, so nothing is prepared. */
export interface ConnectionFacts {
  /** Unique in the process. */
  readonly id: number;
  /** Undefined without TLS. */
  tls(): TlsFacts | undefined;
}

export interface TlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  /** What the client asked for by SNI, empty when it did not. */
  readonly serverName: string;
  /** Of our certificate, RFC 4514: `CN=shop.example.com,O=Shop`. */
  readonly localSubject: string;
}

/** So many connections per thread until their numbers meet, and still exact as a double. */
const perThread = 2 ** 40;
let last = 0;

export class SocketFacts implements ConnectionFacts {
  readonly id = threadId * perThread + ++last;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  tls(): TlsFacts | undefined {
    const socket = this.#socket;
    if (!(socket instanceof TLSSocket)) return undefined;
    const { servername } = socket as unknown as { readonly servername: unknown };
    return {
      version: socket.getProtocol() ?? '',
      serverName: typeof servername === 'string' ? servername : '',
      localSubject: distinguishedName(socket.getCertificate()),
    };
  }
}

/** The most specific part first, as RFC 4514 writes it and Node does not. */
function distinguishedName(certificate: object | null): string {
  if (!certificate || !('subject' in certificate)) return '';
  return Object.entries(certificate.subject as Record<string, string | string[]>)
    .flatMap(([name, value]) =>
      [value].flat().map((text) => `${name}=${text.replaceAll(/[,+"\\<>;]/g, '\\$&')}`),
    )
    .toReversed()
    .join(',');
}
