import { LoomError } from '../../errors.ts';
import type { EndpointPool, Outgoing, Receiver } from '../request.ts';
import type { Transport } from '../transport.ts';
import { ClientSession, type SessionOwner } from './client-session.ts';
import { StreamRequest, type RequestOwner } from './stream-request.ts';

/** Streams that a connection is taken to have room for before its peer has said so (RFC 9113 section 6.5.2 wants no fewer). */
const assumedStreams = 100;

/** HTTP/2 connections to one endpoint: one, and another when all that there are are full. */
export class SessionPool implements EndpointPool, SessionOwner, RequestOwner {
  readonly #transport: Transport;
  readonly #host: string;
  readonly #port: number;
  /** Those that take new streams, or will. */
  readonly #sessions = new Set<ClientSession>();
  /** Those whose last streams are ending. */
  readonly #leaving = new Set<ClientSession>();
  /** In the order in which they came. */
  readonly #waiting = new Set<StreamRequest>();
  #draining = false;

  constructor(transport: Transport, host: string, port: number) {
    this.#transport = transport;
    this.#host = host;
    this.#port = port;
  }

  get size(): number {
    return this.#sessions.size + this.#leaving.size;
  }

  begin(outgoing: Outgoing, maxBodyBytes: number, receiver: Receiver): StreamRequest {
    const request = new StreamRequest(outgoing, maxBodyBytes, receiver, this);
    const session = this.#roomySession();
    if (session) request.enter(session);
    else this.#wait(request);
    return request;
  }

  forget(request: StreamRequest): void {
    this.#waiting.delete(request);
  }

  again(request: StreamRequest): void {
    const session = this.#roomySession();
    if (!session) return this.#wait(request);
    request.enter(session);
    request.receiver.connected();
  }

  roomy(session: ClientSession): void {
    for (const request of this.#waiting) {
      if (!session.hasRoom) break;
      this.#waiting.delete(request);
      request.enter(session);
      request.receiver.connected();
    }
    this.#open();
    if (this.#draining) session.retire();
  }

  gone(session: ClientSession): void {
    const { failure } = session;
    const wasNew = this.#sessions.delete(session) && !session.isOpen;
    if (failure) this.#leaving.delete(session);
    else this.#leaving.add(session);
    // Who waits for a connection that cannot be made hears why; another endpoint may do better.
    if (failure && wasNew && this.#connecting === 0) {
      for (const request of this.#waiting) {
        this.#waiting.delete(request);
        request.receiver.failed(failure);
      }
    }
    this.#open();
  }

  sweep(now: number): void {
    for (const session of [...this.#sessions, ...this.#leaving]) session.sweep(now);
  }

  drain(): void {
    this.#draining = true;
    for (const session of this.#sessions) if (session.isOpen) session.retire();
  }

  destroy(): void {
    const reason = new LoomError('draining');
    this.#waiting.clear();
    for (const session of [...this.#sessions, ...this.#leaving]) session.destroy(reason);
  }

  #roomySession(): ClientSession | undefined {
    for (const session of this.#sessions) if (session.hasRoom) return session;
    return undefined;
  }

  #wait(request: StreamRequest): void {
    this.#waiting.add(request);
    this.#open();
  }

  get #connecting(): number {
    let connecting = 0;
    for (const { isOpen } of this.#sessions) if (!isOpen) connecting++;
    return connecting;
  }

  /** A further connection where more requests wait than those on their way will take. */
  #open(): void {
    if (this.#waiting.size <= this.#connecting * assumedStreams) return;
    this.#sessions.add(new ClientSession(this.#transport, this.#host, this.#port, this));
  }
}
