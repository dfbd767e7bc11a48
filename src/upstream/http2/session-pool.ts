import { LoomError } from '../../errors.ts';
import { LiveSet } from '../../structures/live-set.ts';
import type { EndpointPool, Outgoing, PoolFigures, Receiver } from '../request.ts';
import { Seats, type SeatPlan } from '../seats.ts';
import type { Transport } from '../transport.ts';
import { ClientSession, type SessionOwner } from './client-session.ts';
import { StreamRequest, type RequestOwner } from './stream-request.ts';

/** Streams that a connection is taken to have room for before its peer has said so (RFC 9113 section 6.5.2 wants no fewer). */
const assumedStreams = 100;
/** How long a connection that others wait for stays in use in any case. */
const turnMs = 1000;

/** HTTP/2 connections to one endpoint: one, and another when all that there are are full. */
export class SessionPool implements EndpointPool, SessionOwner, RequestOwner {
  readonly #transport: Transport;
  readonly #host: string;
  readonly #port: number;
  /** Those that take new streams, or will. */
  #sessions: readonly ClientSession[] = [];
  /** Those whose last streams are ending. */
  #leaving: readonly ClientSession[] = [];
  /** In the order in which they came. */
  readonly #waiting = new LiveSet<StreamRequest>();
  /** How many of them are queued: no connection is being made for them, because there is no room for one. */
  #queued = 0;
  /** undefined: as many as are needed. */
  readonly #seats: Seats | undefined;
  #draining = false;

  constructor(transport: Transport, host: string, port: number, plan?: SeatPlan) {
    this.#transport = transport;
    this.#host = host;
    this.#port = port;
    this.#seats = plan && new Seats(plan, this);
  }

  get isEmpty(): boolean {
    return this.#sessions.length + this.#leaving.length + this.#waiting.size === 0;
  }

  get figures(): PoolFigures {
    let idle = 0;
    for (const session of this.#sessions) if (session.isIdle) idle++;
    const busy = this.#sessions.length + this.#leaving.length - idle;
    return { idle, busy, pending: this.#waiting.size };
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
    this.#unqueue(request);
  }

  again(request: StreamRequest): void {
    const session = this.#roomySession();
    if (session) {
      request.enter(session);
      request.receiver.connected();
      return;
    }
    try {
      this.#wait(request);
    } catch (error) {
      request.receiver.failed(error as LoomError);
    }
  }

  roomy(session: ClientSession): void {
    for (let request = this.#waiting.first; request && session.hasRoom; request = this.#waiting.first) {
      this.forget(request);
      request.enter(session);
      request.receiver.connected();
    }
    this.#open();
    this.#settle();
    if (this.#draining) session.retire();
  }

  gone(session: ClientSession): void {
    const { failure } = session;
    const wasNew = this.#sessions.includes(session) && !session.isOpen;
    this.#sessions = without(this.#sessions, session);
    this.#leaving = without(this.#leaving, session);
    if (failure) this.#seats?.give();
    else this.#leaving = [...this.#leaving, session];
    // Who waits for a connection that cannot be made hears why; another endpoint may do better.
    if (failure && wasNew && this.#connecting === 0) {
      for (const request of this.#waiting.values()) {
        if (!this.#waiting.has(request)) continue;
        this.forget(request);
        request.receiver.failed(failure);
      }
    }
    this.#open();
    this.#settle();
  }

  sweep(now: number): void {
    for (const session of [...this.#sessions, ...this.#leaving]) session.sweep(now);
  }

  share(): void {
    this.#open();
    if (!this.#seats?.isWanted(this.#queued) || this.yieldOne()) return;
    const [longest] = this.#sessions;
    if (longest?.isOpen && performance.now() - longest.bornAt > turnMs) longest.retire();
  }

  yieldOne(): boolean {
    const idle = this.#sessions.find(({ isIdle }) => isIdle);
    idle?.destroy(new LoomError('draining'));
    return idle !== undefined;
  }

  warm(): void {
    if (!this.#draining && this.#sessions.length === 0) this.#dial();
  }

  drain(): void {
    this.#draining = true;
    for (const session of this.#sessions) if (session.isOpen) session.retire();
  }

  leave(): void {
    this.#seats?.close();
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

  /** Throws LoomError `upstream-overloaded` where there is room neither for a connection nor for waiting. */
  #wait(request: StreamRequest): void {
    this.#waiting.add(request);
    this.#open();
    if (!this.#isShort) return;
    try {
      this.#queue(request);
    } catch (error) {
      this.#waiting.delete(request);
      throw error;
    }
  }

  #queue(request: StreamRequest): void {
    if (!this.#seats || request.isQueued) return;
    this.#seats.queue();
    request.isQueued = true;
    this.#queued++;
  }

  /** Requests that a connection was to take, which turned out to have less room. */
  #settle(): void {
    if (!this.#seats || !this.#isShort) return;
    for (const request of this.#waiting.values()) {
      if (!this.#waiting.has(request)) continue;
      try {
        this.#queue(request);
      } catch (error) {
        this.#waiting.delete(request);
        request.receiver.failed(error as LoomError);
      }
    }
  }

  get #connecting(): number {
    let connecting = 0;
    for (const { isOpen } of this.#sessions) if (!isOpen) connecting++;
    return connecting;
  }

  /** More requests wait than the connections on their way will take. */
  get #isShort(): boolean {
    return this.#waiting.size > this.#connecting * assumedStreams;
  }

  #open(): void {
    if (!this.#isShort || !this.#dial()) return;
    const queued = this.#waiting.values().filter(({ isQueued }) => isQueued);
    for (const request of queued.slice(0, assumedStreams)) {
      this.#unqueue(request);
      request.receiver.dialled();
    }
  }

  #unqueue(request: StreamRequest): void {
    if (!request.isQueued) return;
    request.isQueued = false;
    this.#queued--;
    this.#seats?.unqueue();
  }

  #dial(): boolean {
    if (this.#seats && !this.#seats.take()) return false;
    this.#sessions = [...this.#sessions, new ClientSession(this.#transport, this.#host, this.#port, this)];
    return true;
  }
}

const without = (sessions: readonly ClientSession[], session: ClientSession): ClientSession[] =>
  sessions.filter((one) => one !== session);
