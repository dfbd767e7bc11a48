import { createHash } from 'node:crypto';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Limits, ListenerSettings, ListenerTls } from '../model/settings.ts';
import { SecureContexts, tlsOptions, type CertificateStore } from './certificates.ts';
import { ClientAuthority } from './client-authority.ts';
import { ClientVerifier } from './client-verifier.ts';
import type { TicketKeys } from './ticket-keys.ts';

export interface TlsParts {
  readonly limits: Limits;
  readonly certificates: CertificateStore;
  readonly ticketKeys: TicketKeys;
  accept(socket: TLSSocket): void;
  refused(reason: 'tls' | 'client-certificate', detail: string): void;
  /** A new file of authorities cannot be used. */
  troubled(problem: string): void;
}

/** The TLS of one listener: which certificate is shown, and which is asked for. Either can change while connections stand. */
export class TlsTerminator {
  readonly server: Server;
  readonly #name: string;
  readonly #tls: ListenerTls;
  readonly #parts: TlsParts;
  readonly #authority: ClientAuthority | undefined;
  /** With the authorities of this listener; those of the store have none. */
  #contexts: SecureContexts | undefined;
  #verifier: ClientVerifier | undefined;
  readonly #forget: () => void;
  /** Of the ticket keys in use. */
  #generation = 0;

  constructor({ name, tls = noTls }: ListenerSettings, parts: TlsParts) {
    this.#name = name;
    this.#tls = tls;
    this.#parts = parts;
    const { certificates, limits } = parts;
    if (tls.clientCa !== undefined) {
      this.#authority = new ClientAuthority(tls.clientCa, (problem) => {
        if (problem === undefined) this.#swap();
        else parts.troubled(problem);
      });
    }
    const options = {
      ...this.#defaultContext(),
      noDelay: true,
      allowHalfOpen: true,
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: limits.headerTimeoutMs,
      requestCert: this.#authority !== undefined,
      rejectUnauthorized: tls.clientAuth === 'required',
      SNICallback: (...[host, done]: Parameters<NonNullable<SniCallback>>) => {
        const certificate = certificates.find(host);
        if (certificate) done(null, (this.#contexts ?? certificates.contexts).of(certificate));
        else done(new Error(`no certificate for ${host}`));
      },
    };
    this.server = createServer(options, (socket) => this.#accept(socket));
    // A client that breaks off its handshake is nobody's failure.
    this.server.on('tlsClientError', (error, socket) => {
      const code = (error as NodeJS.ErrnoException).code ?? error.message;
      // Set by Node to a code, whatever its type says, when it does not believe a certificate that is required.
      const unproven = socket.authorizationError as unknown as string | null;
      const isMissing = code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
      parts.refused(unproven || isMissing ? 'client-certificate' : 'tls', unproven || code);
      socket.destroy();
    });
    this.#forget = certificates.onSwap(() => this.server.setSecureContext(this.#defaultContext()));
  }

  /** Reads the authorities; before the server is bound. Throws with a reason for people. */
  open(): void {
    if (!this.#authority) return;
    this.#authority.open();
    this.#swap();
  }

  /** Before each handshake: one that follows takes the ticket keys that are current. */
  useCurrentKeys(): void {
    const { ticketKeys } = this.#parts;
    if (this.#generation === ticketKeys.generation) return;
    this.#generation = ticketKeys.generation;
    this.server.setTicketKeys(ticketKeys.current());
  }

  close(): void {
    this.#forget();
    this.#authority?.close();
  }

  /** For who speaks TLS without Node; undefined: clients are asked for no certificates. */
  get clientVerifier(): ClientVerifier | undefined {
    if (this.#authority)
      this.#verifier ??= new ClientVerifier(this.#authority.pem, this.#tls.clientAuth === 'required');
    return this.#verifier;
  }

  #swap(): void {
    this.#verifier = undefined;
    this.#contexts = new SecureContexts({ ...tlsOptions, ca: this.#authority?.pem });
    this.server.setSecureContext(this.#defaultContext());
  }

  #accept(socket: TLSSocket): void {
    const problem = this.#authority && this.#unproven(socket);
    if (problem === undefined) return this.#parts.accept(socket);
    this.#parts.refused('client-certificate', problem);
    socket.destroy();
  }

  /**
   * Why the client is not who it says. Node answers for a required certificate by itself, but calls a client that resumes a
   * session without any certificate authorized, and one with a wrong certificate that is optional is left to us.
   */
  #unproven(socket: TLSSocket): string | undefined {
    if (!socket.getPeerX509Certificate())
      return this.#tls.clientAuth === 'required' ? 'no certificate' : undefined;
    return socket.authorized ? undefined : String(socket.authorizationError);
  }

  /** For clients without SNI, for which node:tls asks no callback; what is not of a certificate holds for all clients. */
  #defaultContext(): SecureContextOptions & { readonly ticketKeys: Buffer } {
    const { default: certificate } = this.#parts.certificates;
    const { clientAuth, minVersion } = this.#tls;
    const ca = this.#authority?.pem;
    this.#generation = this.#parts.ticketKeys.generation;
    // Who has proven nothing here, or to an authority that went, must not resume the session of elsewhere.
    const proof = [this.#name, clientAuth, ca ?? ''].join('\n');
    return {
      ...tlsOptions,
      ...(certificate && { cert: certificate.cert, key: certificate.key }),
      ...(ca && { ca }),
      minVersion: `TLSv${minVersion}`,
      ticketKeys: this.#parts.ticketKeys.current(),
      sessionIdContext: createHash('sha256').update(proof).digest('hex').slice(0, 32),
    };
  }
}

type SniCallback = import('node:tls').TlsOptions['SNICallback'];
const noTls: ListenerTls = { clientAuth: 'optional', minVersion: '1.2' };
