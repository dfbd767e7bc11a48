import { connect, type ClientHttp2Session } from 'node:http2';
import { LoomError } from '../../errors.ts';

const unusedMs = 120_000;
/** Receive windows (RFC 9113 section 6.9); Node's 64 KiB would stop each stream for a round trip at that size. */
const streamWindow = 1 << 20;
const sessionWindow = 16 << 20;

/** How to prove who the other side is. */
export interface Tls {
  /** PEM; without, the authorities of the system. */
  readonly ca?: string;
}

interface Held {
  readonly session: ClientHttp2Session;
  streams: number;
  usedAt: number;
}

/** One HTTP/2 connection per origin for the gRPC calls of plugins: cleartext with prior knowledge, or TLS with ALPN. */
export class Http2Sessions {
  readonly #held = new Map<string, Held>();
  readonly #sweeper: NodeJS.Timeout;
  #now = performance.now();

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(), 10_000);
    this.#sweeper.unref();
  }

  /** A session for one stream more, which may still be connecting; `leave` is to be called when the stream is over. */
  enter(
    authority: string,
    tls: Tls | undefined,
    connectTimeoutMs: number,
  ): { readonly session: ClientHttp2Session; readonly leave: () => void } {
    const key = `${tls ? `tls ${tls.ca ?? ''}` : ''} ${connectTimeoutMs} ${authority}`;
    let held = this.#held.get(key);
    if (!held || held.session.destroyed || held.session.closed)
      this.#held.set(key, (held = this.#open(key, authority, tls, connectTimeoutMs)));
    const { session } = held;
    const entered = held;
    entered.streams++;
    entered.usedAt = this.#now;
    return { session, leave: () => void entered.streams-- };
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const { session } of this.#held.values()) session.destroy();
  }

  #open(key: string, authority: string, tls: Tls | undefined, connectTimeoutMs: number): Held {
    const session = connect(`${tls ? 'https' : 'http'}://${authority}`, {
      settings: { enablePush: false, initialWindowSize: streamWindow },
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    });
    const held = { session, streams: 0, usedAt: this.#now };
    const forget = (): void => {
      if (this.#held.get(key) === held) this.#held.delete(key);
    };
    const timer =
      connectTimeoutMs > 0
        ? setTimeout(() => session.destroy(new LoomError('connect-timeout')), connectTimeoutMs)
        : undefined;
    session.once('connect', () => {
      clearTimeout(timer);
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

  #sweep(): void {
    this.#now = performance.now();
    for (const { session, streams, usedAt } of this.#held.values())
      if (streams === 0 && this.#now - usedAt >= unusedMs) session.close();
  }
}
