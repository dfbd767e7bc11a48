import { connect as connectTcp, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { LoomError } from '../errors.ts';
import type { UpstreamTls } from '../model/upstream.ts';

/** The groups and suites of Mozilla's intermediate profile: forward secrecy and AEAD only. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Alerts of a handshake that the other side did not accept; with TLS 1.3 they come when this side is through (RFC 8446 section 6.2). */
const handshakeAlert =
  /^ERR_SSL_.*ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED|HANDSHAKE_FAILURE)$/;

/** Makes TLS connections to the endpoints of an upstream, and resumes the sessions of earlier ones. */
export class TlsClient {
  readonly #settings: UpstreamTls;
  readonly #alpn: readonly string[];
  readonly #context: SecureContext;
  /** By `host port`; the last ticket of each. */
  readonly #sessions = new Map<string, Buffer>();

  /** Without `alpn` no protocol is asked for. Throws LoomError `tls-failed` for settings that no connection can be made with. */
  constructor(settings: UpstreamTls, alpn?: 'h2' | 'http/1.1') {
    if (settings.problem !== undefined) throw new LoomError('tls-failed', settings.problem);
    this.#settings = settings;
    this.#alpn = alpn ? [alpn] : [];
    try {
      this.#context = createSecureContext({
        minVersion: 'TLSv1.2',
        ciphers,
        ...(settings.ca === undefined ? {} : { ca: settings.ca }),
        ...settings.client,
      });
    } catch (error) {
      throw new LoomError('tls-failed', (error as Error).message, error);
    }
  }

  /** `greeting` is sent in clear before the handshake. */
  connect(to: TcpNetConnectOpts, onread?: OnReadOpts, greeting?: Buffer): Socket {
    const { host = '', port } = to;
    const { serverName, insecureSkipVerify } = this.#settings;
    const key = `${host} ${port}`;
    const session = this.#sessions.get(key);
    const name = serverName ?? (isAddress(host) ? undefined : host);
    const lower = greeting && greeted({ ...to, allowHalfOpen: onread !== undefined }, greeting);
    const socket = connect({
      ...(lower ? { socket: lower } : {}),
      ...to,
      ...(this.#alpn.length > 0 && { ALPNProtocols: [...this.#alpn] }),
      secureContext: this.#context,
      rejectUnauthorized: insecureSkipVerify !== true,
      ...(name === undefined ? {} : { servername: name }),
      ...(session === undefined ? {} : { session }),
      ...(onread === undefined ? {} : { onread, allowHalfOpen: true }),
    });
    if (lower) {
      lower.on('error', (error) => socket.destroy(error));
      socket.on('close', () => lower.destroy());
      if (onread) readInto(socket, onread);
    }
    socket.setNoDelay(true);
    socket.on('session', (ticket) => this.#sessions.set(key, ticket));
    // What was remembered may be what the other side does not like.
    socket.on('error', () => this.#sessions.delete(key));
    return socket;
  }

  /** Whether an error means that there is no trusted connection, and nothing was read from it by anybody. */
  static isRefusal(error: Error | undefined, connected: boolean): boolean {
    const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
    if (connected) return handshakeAlert.test(code);
    return /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH$|INVALID_|ERR_OSSL)/.test(
      code,
    );
  }
}

/** An IP address is not sent as a server name (RFC 6066 section 3); the certificate is checked for it all the same. */
const isAddress = (host: string): boolean => host.includes(':') || /^[0-9.]+$/.test(host);

/** A connection whose first bytes are those. */
function greeted(options: TcpNetConnectOpts, greeting: Buffer): Socket {
  const socket = connectTcp(options);
  socket.write(greeting);
  return socket;
}

/** What `onread` does, which node:tls has only for connections of its own. */
function readInto(socket: Socket, onread: OnReadOpts): void {
  const into = onread.buffer as Uint8Array;
  socket.on('data', (piece: Buffer) => {
    for (let at = 0; at < piece.length; at += into.length) {
      const size = piece.copy(into, 0, at, at + into.length);
      if (!onread.callback(size, into)) socket.pause();
    }
  });
}
