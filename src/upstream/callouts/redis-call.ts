import { errors, LoomError } from '../../errors.ts';
import { withoutBrackets } from '../../host.ts';
import type { Destination } from './destination.ts';
import { RedisConnection, type RedisSettings } from '../redis/connection.ts';
import { verdictOf, Visit, type Verdict } from './visit.ts';

export interface RedisRequest extends RedisSettings {
  /** One command in RESP. */
  readonly command: Buffer;
  /** 0 for no limit. */
  readonly timeoutMs: number;
}

/** As CallListener: once, later, and not after a cancel. */
export interface RedisListener {
  reply(bytes: Buffer): void;
  failed(error: LoomError): void;
}

/** The connections of one worker: one for each endpoint and login. */
export class RedisConnections {
  readonly #held = new Map<string, RedisConnection>();

  get(authority: string, connectTimeoutMs: number, settings: RedisSettings): RedisConnection {
    const key = JSON.stringify([authority, settings.user, settings.password, settings.database]);
    let connection = this.#held.get(key);
    if (!connection) {
      const { hostname, port } = new URL(`redis://${authority}`);
      const host = withoutBrackets(hostname);
      connection = new RedisConnection(host, Number(port), connectTimeoutMs, settings, () =>
        this.#held.delete(key),
      );
      this.#held.set(key, connection);
    }
    return connection;
  }

  close(): void {
    for (const connection of this.#held.values()) connection.end(new LoomError('draining'));
  }
}

/** One command and its reply. A timeout ends the connection with all that wait on it, as in Envoy: it does not answer. */
export class RedisCall {
  readonly #request: RedisRequest;
  readonly #connections: RedisConnections;
  readonly #listener: RedisListener;
  #visit: Visit | undefined;
  #connection: RedisConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #cancelled = false;

  constructor(
    to: Destination,
    request: RedisRequest,
    connections: RedisConnections,
    listener: RedisListener,
  ) {
    this.#request = request;
    this.#connections = connections;
    this.#listener = listener;
    try {
      this.#visit = new Visit(to, false);
    } catch (error) {
      this.#fail(error as LoomError);
      return;
    }
    if (request.timeoutMs > 0) {
      const late = (): void => this.#connection?.end(new LoomError('response-timeout'));
      this.#timer = setTimeout(late, request.timeoutMs);
    }
    this.#send(this.#visit);
  }

  /** The reply still comes, and goes nowhere. */
  cancel(): void {
    this.#cancelled = true;
    this.#end('abandon');
  }

  #send(visit: Visit): void {
    const { authority, upstream } = visit;
    const { connectTimeoutMs, foreignOnly } = upstream;
    this.#connection = this.#connections.get(authority, connectTimeoutMs, { ...this.#request, foreignOnly });
    this.#connection.send(this.#request.command, {
      reply: (bytes) => {
        if (this.#end('success')) this.#tell(() => this.#listener.reply(bytes));
      },
      failed: (error) => {
        if (this.#over) return;
        if (errors[error.code].retry === 'always' && visit.next()) this.#send(visit);
        else this.#fail(error);
      },
    });
  }

  #fail(error: LoomError): void {
    if (this.#end(verdictOf(error))) this.#tell(() => this.#listener.failed(error));
  }

  #end(verdict: Verdict): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#visit?.end(verdict);
    return true;
  }

  #tell(what: () => void): void {
    setImmediate(() => {
      if (!this.#cancelled) what();
    });
  }
}
