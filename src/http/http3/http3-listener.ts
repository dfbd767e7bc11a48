import type { Limits, ListenerSettings } from '../../model/settings.ts';
import type { Admission, FullReason } from '../admission.ts';
import type { CertificateStore } from '../certificates.ts';
import type { Downstream, DownstreamParts } from '../downstream.ts';
import type { TicketKeys } from '../ticket-keys.ts';
import type { ClientVerifier } from '../client-verifier.ts';
import type {
  Http3Connection,
  Http3ConnectionListener,
  Http3Engine,
  Http3Refusal,
  Http3Stats,
} from './engine.ts';
import { QuicEngine } from './quic-engine.ts';
import type { QuicShare } from './quic-share.ts';
import { Http3Session } from './server-session.ts';

export interface Http3ListenerParts {
  readonly limits: Limits;
  readonly certificates: CertificateStore;
  readonly ticketKeys: TicketKeys;
  readonly admission: Admission | undefined;
  /** Undefined: clients are asked for no certificates. */
  readonly clientVerifier: () => ClientVerifier | undefined;
  readonly downstream: DownstreamParts;
  readonly quic: QuicShare;
  /** The connection is one of the listener's from now on. */
  readonly keep: (connection: Downstream) => void;
  readonly refused: (reason: Http3Refusal | FullReason, detail: string) => void;
  failed(error: unknown): void;
}

/** The UDP side of a listener: HTTP/3 at the same address and port as TLS over TCP. */
export class Http3Listener {
  readonly #settings: ListenerSettings;
  readonly #parts: Http3ListenerParts;
  readonly #engine: Http3Engine;
  #sessions = 0;
  #emptied: (() => void) | undefined;

  constructor(settings: ListenerSettings, parts: Http3ListenerParts) {
    this.#settings = settings;
    this.#parts = parts;
    const { limits, certificates, ticketKeys, clientVerifier, quic } = parts;
    this.#engine = new QuicEngine({
      name: settings.name,
      limits: {
        maxStreams: limits.http2MaxStreams,
        maxHeaderBytes: limits.maxHeaderBytes,
        handshakeTimeoutMs: limits.headerTimeoutMs,
      },
      certificates,
      ticketKeys,
      clientVerifier,
      quic,
      events: {
        connected: (connection) => this.#connected(connection),
        refused: (reason, detail) => parts.refused(reason, detail),
        failed: (error) => parts.failed(error),
      },
    });
  }

  /** Binds UDP. Rejects with a reason for people. `port`: the one that TCP has got. */
  async listen(port: number): Promise<void> {
    const { name, host } = this.#settings;
    try {
      await this.#engine.listen(host, port);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      throw new Error(`the listener ${name} cannot bind ${host}:${port} for HTTP/3: ${reason}`, {
        cause: error,
      });
    }
  }

  /** No new connections, or some again. */
  refuse(refusing: boolean): void {
    this.#engine.refuse(refusing);
  }

  /** Resolves when no connection is left; who asks for this has told them to stop. */
  async stop(): Promise<void> {
    this.#engine.refuse(true);
    if (this.#sessions > 0) await new Promise<void>((resolve) => (this.#emptied = resolve));
  }

  destroy(): void {
    this.#engine.destroy();
  }

  stats(): Http3Stats {
    return this.#engine.stats();
  }

  #connected(connection: Http3Connection): Http3ConnectionListener | undefined {
    const { admission, downstream, keep, refused } = this.#parts;
    const { address } = connection.client;
    const full = admission?.enter(address);
    if (full !== undefined) {
      refused(full, address);
      return undefined;
    }
    const session: Http3Session = new Http3Session(connection, {
      ...downstream,
      closed: () => {
        admission?.leave(address);
        downstream.closed(session);
        if (--this.#sessions === 0) this.#emptied?.();
      },
    });
    this.#sessions++;
    keep(session);
    return session;
  }
}

/** The value of Alt-Svc (RFC 7838 section 3) that tells clients of it, good for a day. */
export const altService = (port: number): string => `h3=":${port}"; ma=86400`;
