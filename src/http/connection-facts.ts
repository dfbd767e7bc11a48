import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { threadId } from 'node:worker_threads';
import {
  certificateNames,
  clientCertificate,
  forwardedElement,
  type CertificateNames,
  type ClientCertificate,
} from './client-certificate.ts';

/** What can be told of a client's connection. Asked for by few, so nothing is prepared. */
export interface ConnectionFacts {
  /** Unique in the process. */
  readonly id: number;
  /** Undefined without TLS. */
  tls(): TlsFacts | undefined;
  /** Tells the upstream about the certificate that the client has proven to own, in the form of x-forwarded-client-cert. */
  forwardedCertificate(): string | undefined;
}

export interface TlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  /** What the client asked for by SNI, empty when it did not. */
  readonly serverName: string;
  /** Our certificate. */
  readonly local: CertificateNames;
  /** That of the client, where it has one that an authority of the listener vouches for. */
  readonly client: ClientCertificate | undefined;
}

/** So many connections per thread until their numbers meet, and still exact as a double. */
const perThread = 2 ** 40;
let last = 0;

/** Unique in the process. */
export const nextConnectionId = (): number => threadId * perThread + ++last;

export class SocketFacts implements ConnectionFacts {
  readonly id = nextConnectionId();
  readonly #socket: Socket;
  /** Made once: it is asked for with each request. */
  #forwarded: string | undefined;
  #isForwardedMade = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  tls(): TlsFacts | undefined {
    const socket = this.#socket;
    if (!(socket instanceof TLSSocket)) return undefined;
    const { servername } = socket as unknown as { readonly servername: unknown };
    const local = socket.getX509Certificate();
    const client = socket.getPeerX509Certificate();
    return {
      version: socket.getProtocol() ?? '',
      serverName: typeof servername === 'string' ? servername : '',
      local: local ? certificateNames(local) : noNames,
      client: socket.authorized && client ? clientCertificate(client) : undefined,
    };
  }

  forwardedCertificate(): string | undefined {
    if (!this.#isForwardedMade) {
      this.#isForwardedMade = true;
      const facts = this.#socket instanceof TLSSocket && this.#socket.authorized ? this.tls() : undefined;
      if (facts?.client) this.#forwarded = forwardedElement(facts.client, facts.local.uris);
    }
    return this.#forwarded;
  }
}

const noNames: CertificateNames = { subject: '', dns: [], uris: [] };
