import type { Socket } from 'node:net';
import type { Limits } from '../model/settings.ts';
import type { Living } from '../structures/live-set.ts';
import type { Exchange, OpenTunnel } from './exchange.ts';
import type { Abuse } from './http2/flood-guard.ts';

/** A connection of a client, whatever protocol it speaks. */
export interface Downstream extends Living {
  /** Ends what has taken too long; called several times a second with `performance.now()`. */
  check(now: number): void;
  /** Closes the connection when it is idle, or else after what it is answering. */
  stop(): void;
  destroy(): void;
  /** Connections that were upgraded: one, or on HTTP/2 any number of streams. */
  readonly tunnels: readonly OpenTunnel[];
}

/** What the connections of a listener have in common. */
export interface DownstreamParts {
  readonly listener: string;
  readonly scheme: 'http' | 'https';
  readonly limits: Limits;
  readonly draining: () => boolean;
  readonly handle: (exchange: Exchange) => void;
  readonly closed: (connection: Downstream) => void;
  /** A connection was ended for what its client did with it. */
  readonly abused: (abuse: Abuse, detail: string) => void;
  /** The client begins with the preface of HTTP/2: the socket holds its bytes and is another's from now on. */
  readonly http2: (socket: Socket) => void;
}
