import { connect, type ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { LoomError } from '../../errors.ts';
import type { Upstream, UpstreamTls } from '../../model/upstream.ts';
import { overTls, Transport, transportKey } from '../transport.ts';

const unusedMs = 120_000;
const sweepEveryMs = 10_000;
/** Receive windows (RFC 9113 section 6.9); Node's 64 KiB would stop each stream for a round trip at that size. */
const streamWindow = 1 << 20;
const sessionWindow = 16 << 20;

type Settings = Pick<Upstream, 'protocol' | 'tls' | 'proxyProtocol' | 'connectTimeoutMs' | 'foreignOnly'>;

interface Held {
  readonly scheme: 'http' | 'https';
  readonly session: ClientHttp2Session;
  streams: number;
  usedAt: number;
}

/** One HTTP/2 connection per origin for the gRPC calls of plugins: cleartext with prior knowledge, or TLS with ALPN. */
export class Http2Sessions {
  readonly #held = new Map<string, Held>();
  /** Runs while something is held. */
  #sweeper: NodeJS.Timeout | undefined;
  #now = performance.now();

  /**
   * A session for one stream more, which may still be connecting; `leave` is to be called when the stream is over. `tls` is for
   * an upstream that has none. Throws LoomError `tls-failed` for settings that no connection can be made with.
   */
  enter(
    {
      address,
      port,
      authority,
    }: { readonly address: string; readonly port: number; readonly authority: string },
    upstream: Settings,
    tls: UpstreamTls | undefined,
  ): { readonly session: ClientHttp2Session; readonly scheme: string; readonly leave: () => void } {
    const secure = overTls(upstream) ? (upstream.tls ?? {}) : tls;
    const settings: Settings = {
      ...upstream,
      protocol: secure ? 'Grpcs' : 'Grpc',
      ...(secure && { tls: secure }),
    };
    const key = `${transportKey(settings)} ${authority}`;
    this.#sweeper ??= this.#startSweeper();
    let held = this.#held.get(key);
    if (!held || held.session.destroyed || held.session.closed)
      this.#held.set(key, (held = this.#open(key, address, port, settings)));
    const { session, scheme } = held;
    const entered = held;
    entered.streams++;
    entered.usedAt = this.#now;
    return { session, scheme, leave: () => void entered.streams-- };
  }

  close(): void {
    this.#stopSweeper();
    for (const { session } of this.#held.values()) session.destroy();
  }

  #open(key: string, address: string, port: number, settings: Settings): Held {
    const transport = new Transport(settings).announcing(undefined);
    const { scheme, connectTimeoutMs } = transport;
    const session = connect(`${scheme}://upstream`, {
      createConnection: () => transport.connect(address, port),
      settings: { enablePush: false, initialWindowSize: streamWindow },
    });
    const held = { scheme, session, streams: 0, usedAt: this.#now };
    const forget = (): void => {
      if (this.#held.get(key) === held) this.#held.delete(key);
    };
    const timer =
      connectTimeoutMs > 0
        ? setTimeout(() => session.destroy(new LoomError('connect-timeout')), connectTimeoutMs)
        : undefined;
    session.once('connect', () => {
      clearTimeout(timer);
      if (scheme === 'https' && (session.socket as TLSSocket).alpnProtocol !== 'h2') {
        session.destroy(new LoomError('tls-failed', 'the callee does not offer HTTP/2 by ALPN'));
        return;
      }
      // Closed meanwhile, it still says that it has connected.
      if (!session.destroyed) session.setLocalWindowSize(sessionWindow);
    });
    session.once('close', () => {
      clearTimeout(timer);
      forget();
    });
    // Its streams hear of it too. New ones must not join a connection that is being given up.
    session.once('error', forget);
    session.once('goaway', forget);
    return held;
  }

  #stopSweeper(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #startSweeper(): NodeJS.Timeout {
    // The clock stood still while nothing was held.
    this.#now = performance.now();
    return setInterval(() => this.#sweep(), sweepEveryMs).unref();
  }

  #sweep(): void {
    this.#now = performance.now();
    if (this.#held.size === 0) this.#stopSweeper();
    for (const { session, streams, usedAt } of this.#held.values())
      if (streams === 0 && this.#now - usedAt >= unusedMs) session.close();
  }
}
