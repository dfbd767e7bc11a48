import { readFileSync } from 'node:fs';
import { LoomError } from '../../errors.ts';
import type { RedisServer, RedisTls } from '../../model/settings.ts';
import { TlsClient } from '../tls-client.ts';
import { RedisConnection, type RedisSettings } from './connection.ts';
import { respCommand } from './resp.ts';

const firstPauseMs = 100;
const longestPauseMs = 5000;
const connectTimeoutMs = 1000;

/**
 * A connection to Redis that is made again and again, beside the requests: none of them ever waits for it. It is up once Redis
 * knows the script, and not before.
 */
export class RedisLink {
  readonly #server: RedisServer;
  readonly #script: string;
  readonly #changed: (problem: string | undefined) => void;
  #connection: RedisConnection | undefined;
  /** Of the script; empty while the link is down. */
  #digest = '';
  #pauseMs = firstPauseMs;
  #retry: NodeJS.Timeout | undefined;
  #problem: string | undefined = '';
  #closed = false;

  /** `changed`: undefined when it is up, why not when it is down. */
  constructor(server: RedisServer, script: string, changed: (problem: string | undefined) => void) {
    this.#server = server;
    this.#script = script;
    this.#changed = changed;
    this.#connect();
  }

  get up(): boolean {
    return this.#digest !== '';
  }

  /** Runs the script. `done` hears the reply, or undefined when the connection ended. Only while it is up. */
  run(words: readonly string[], done: (reply: Buffer | undefined) => void): void {
    if (!this.#connection) return done(undefined);
    this.#connection.send(respCommand('EVALSHA', this.#digest, ...words), {
      reply: (bytes) => {
        // The script is gone from Redis, or there is no memory for a key: the next connection begins from scratch.
        if (bytes[0] === 0x2d) this.fail(bytes.latin1Slice(1, 200).trim());
        done(bytes[0] === 0x2d ? undefined : bytes);
      },
      failed: () => done(undefined),
    });
  }

  /** Gives the connection up: what it does cannot be waited for. */
  fail(problem: string): void {
    this.#connection?.end(new LoomError('response-timeout', problem));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.fail('closed');
  }

  #connect(): void {
    const { host, port, username: user, passwordFile, database, tls } = this.#server;
    let settings: RedisSettings;
    try {
      const password = passwordFile === '' ? '' : readFileSync(passwordFile, 'utf8').trim();
      settings = { user, password, database, ...(tls && { tls: tlsClient(tls) }) };
    } catch (error) {
      return this.#down((error as Error).message);
    }
    const connection = new RedisConnection(host, port, connectTimeoutMs, settings, (error) =>
      this.#down(error.message, error.code === 'idle-timeout'),
    );
    this.#connection = connection;
    connection.send(respCommand('SCRIPT', 'LOAD', this.#script), {
      reply: (bytes) => {
        const [, digest] = /^\$40\r\n([0-9a-f]{40})\r\n$/.exec(bytes.latin1Slice()) ?? [];
        if (!digest)
          return connection.end(new LoomError('upstream-protocol', bytes.latin1Slice(1, 200).trim()));
        this.#digest = digest;
        this.#pauseMs = firstPauseMs;
        this.#tell(undefined);
      },
      failed: () => undefined,
    });
  }

  #down(problem: string, wasIdle = false): void {
    this.#digest = '';
    this.#connection = undefined;
    if (this.#closed) return;
    if (wasIdle) return this.#connect();
    this.#tell(problem);
    this.#retry = setTimeout(() => this.#connect(), this.#pauseMs).unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }

  /** Once for each change between up and down. */
  #tell(problem: string | undefined): void {
    const was = this.#problem;
    this.#problem = problem;
    if (was === '' || (was === undefined) !== (problem === undefined)) this.#changed(problem);
  }
}

/** Made for each connection, so that its files may change. */
function tlsClient({ caFile, certFile, keyFile, serverName }: RedisTls): TlsClient {
  const read = (file: string): string => readFileSync(file, 'utf8');
  return new TlsClient({
    ...(caFile !== '' && { ca: read(caFile) }),
    ...(certFile !== '' && { client: { cert: read(certFile), key: read(keyFile) } }),
    ...(serverName !== '' && { serverName }),
  });
}
