import type { Connection } from '../../quic/connection/connection.ts';
import type { ConnectionEnd, ConnectionListener } from '../../quic/connection/options.ts';
import type { UdpAddress } from '../../quic/connection/path.ts';
import type { Stream } from '../../quic/streams/stream.ts';
import { certificateNames, clientCertificate, forwardedElement } from '../client-certificate.ts';
import { nextConnectionId, type ConnectionFacts, type TlsFacts } from '../connection-facts.ts';
import type { Peer } from '../exchange.ts';
import { h3Codes, Http3ConnectionError } from './codes.ts';
import type { Http3Connection, Http3ConnectionListener, Http3Limits } from './engine.ts';
import { goawayFrame, ownSettings, QuicControlStreams } from './quic-control-streams.ts';
import { QuicMessageStream } from './quic-message-stream.ts';

/** One connection of HTTP/3 over our own QUIC (RFC 9114). */
export class QuicHttp3Connection implements Http3Connection, ConnectionListener {
  readonly facts: ConnectionFacts;
  readonly #quic: Connection;
  readonly #limits: Http3Limits;
  readonly #failed: (error: unknown) => void;
  #listener: Http3ConnectionListener | undefined;
  readonly #controls = new QuicControlStreams((error) => this.#broken(error));
  readonly #control: Stream | undefined;
  /** The first request stream that has not come. */
  #nextRequest = 0;
  #goneAway = Infinity;

  /** `failed` hears of failures of this program. */
  constructor(quic: Connection, limits: Http3Limits, failed: (error: unknown) => void) {
    this.#quic = quic;
    this.#limits = limits;
    this.#failed = failed;
    this.facts = factsOf(quic);
    this.#control = quic.streams.openUni();
    this.#control?.sending?.write(ownSettings(limits.maxHeaderBytes));
  }

  /** Before anything else; undefined: there is no room for it. */
  begin(listener: Http3ConnectionListener | undefined): void {
    this.#listener = listener;
    if (!listener) this.close(h3Codes.excessiveLoad, 'no room');
    // Every HTTP/3 client lets us open one (RFC 9114 section 6.2).
    else if (!this.#control) this.close(h3Codes.generalProtocolError, 'no room for a control stream');
  }

  get client(): Peer {
    return peerOf(this.#quic.remote);
  }

  get local(): Peer {
    return peerOf(this.#quic.local);
  }

  /** A stream of the client, of QUIC. */
  opened(stream: Stream): void {
    if (stream.isUni) return this.#controls.accept(stream);
    this.#nextRequest = stream.id + 4;
    if (stream.id >= this.#goneAway || !this.#listener) {
      stream.receiving?.stop(h3Codes.requestRejected);
      stream.sending?.reset(h3Codes.requestRejected);
      return;
    }
    const listener = this.#listener;
    stream.listener = new QuicMessageStream(stream, {
      maxHeaderBytes: this.#limits.maxHeaderBytes,
      request: (...request) => listener.request(...request),
      broken: (error) => this.#broken(error),
    });
  }

  closed(end: ConnectionEnd): void {
    const isFault = end.by === 'us' && !end.isApplication && end.code !== 0;
    if (isFault) this.#listener?.broken(end.reason);
    this.#listener?.closed();
  }

  goaway(): void {
    if (this.#goneAway !== Infinity) return;
    this.#goneAway = this.#nextRequest;
    this.#control?.sending?.write(goawayFrame(this.#goneAway));
  }

  ping(): void {
    this.#quic.ping();
  }

  close(code: number, reason: string): void {
    this.#quic.close(code, reason);
  }

  #broken(error: unknown): void {
    const isOurs = !(error instanceof Http3ConnectionError);
    if (isOurs) this.#failed(error);
    else this.#listener?.broken(error.message);
    this.close(isOurs ? h3Codes.internalError : error.code, (error as Error).message);
  }
}

function factsOf({ handshake }: Connection): ConnectionFacts {
  let facts: TlsFacts | undefined;
  let forwarded: string | undefined;
  const tls = (): TlsFacts | undefined => {
    const { identity, serverName, proof } = handshake;
    if (!facts && identity)
      facts = {
        version: 'TLSv1.3',
        serverName,
        local: certificateNames(identity.certificate),
        client: proof?.certificate && clientCertificate(proof.certificate),
      };
    return facts;
  };
  return {
    id: nextConnectionId(),
    tls,
    forwardedCertificate: () => {
      const told = handshake.proof?.certificate && tls();
      if (told?.client) forwarded ??= forwardedElement(told.client, told.local.uris);
      return forwarded;
    },
  };
}

const peerOf = ({ address, port }: UdpAddress): Peer => ({ address, port });
