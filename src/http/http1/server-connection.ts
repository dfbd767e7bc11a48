import type { Socket } from 'node:net';
import { LoomError } from '../../errors.ts';
import { originOf, type ConnectionOrigin } from '../connection-origin.ts';
import type { Downstream, DownstreamParts } from '../downstream.ts';
import type { OpenTunnel } from '../exchange.ts';
import { acceptInto, giveBack, justRead } from './accept.ts';
import { ConnectionClock, firstRequestMs, lingerMs, restMs } from './connection-clock.ts';
import type { BodyOwner, IncomingBody } from './incoming-body.ts';
import { beginsHttp2, nextHead } from './next-head.ts';
import { unreadHead, type Http1Request } from './request-head.ts';
import type { WireOwner } from './server-wire.ts';
import { Turn } from './turn.ts';

/** Pipelined bytes that wait behind the request that is being answered; the socket rests above this. */
const maxWaitingBytes = 65_536;

/**
 * One HTTP/1 connection of a client (RFC 9112 section 9). One request at a time: what is pipelined behind it waits as bytes,
 * so that nothing which follows a refused request is ever looked at, and every answer comes in its turn.
 */
export class ServerConnection implements Downstream, BodyOwner, WireOwner {
  place: number | undefined;
  readonly #socket: Socket;
  readonly #parts: DownstreamParts;
  readonly #origin: ConnectionOrigin;
  /** Bytes that have not been understood yet. */
  #input: Buffer | undefined;
  /** They are in the buffer that all sockets read into. */
  #shared = false;
  /** The request that is being answered. */
  #turn: Turn | undefined;
  /** What is being read: of that request, or of one whose answer did not need it. */
  #body: IncomingBody | undefined;
  readonly #clock: ConnectionClock;
  #stopped = false;
  #refused = false;
  #pumping = false;
  #paused = false;
  #hadRequest = false;
  #handedOver = false;
  /** The client has ended its side. */
  #halfClosed = false;

  constructor(accepted: Socket, parts: DownstreamParts, now: number) {
    const reading = acceptInto(accepted, (size) => this.#readShared(size));
    const socket = reading ?? accepted;
    this.#socket = socket;
    this.#parts = parts;
    this.#origin = originOf(socket, parts.listener);
    this.#clock = new ConnectionClock(now, parts.limits.headerTimeoutMs);
    if (!reading) socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#gone());
    socket.on('close', () => this.#closed());
    socket.on('error', nothing);
    socket.resume();
  }

  /** Called several times a second. */
  check(now: number): void {
    const { limits, scheme } = this.#parts;
    const { phase } = this.#clock;
    const socket = this.#socket;
    // A client that reads nothing any more would hold its response for ever. A tunnel has a limit of its own.
    const stalls = socket.writableNeedDrain && !this.#isTunnel;
    if (this.#clock.isStalled(stalls, now, limits.clientIdleMs)) socket.destroy();
    else if (!this.#clock.isLate(now)) return;
    else if (phase === 'head') this.#refuse(unreadHead('request-timeout', 'the head did not end', scheme));
    else if (phase === 'rest') this.#goOn('idle');
    else if (phase === 'body') this.#body?.fail(new LoomError('request-timeout', 'silence in the body'));
    else socket.destroy();
  }

  get tunnels(): readonly OpenTunnel[] {
    const tunnel = this.#turn?.exchange.upgrade?.tunnel;
    return tunnel ? [tunnel] : [];
  }

  /** Closes the connection when it is idle, or else after the current response. */
  stop(): void {
    this.#stopped = true;
    if (this.#turn) return;
    if (this.#hadRequest) this.#socket.end();
    else setTimeout(() => this.#turn ?? this.#socket.end(), firstRequestMs);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  wants(body: IncomingBody): void {
    if (body.received === 0 && !this.#input && this.#turn?.takeExpectation())
      this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
    this.#pump();
  }

  cancelled(): void {
    // What comes is thrown away; whether the connection outlives that is decided with the response.
    this.#pump();
  }

  upgraded(): void {
    this.#body = this.#turn?.tunnel;
    this.#pump();
  }

  mustClose(): boolean {
    if (this.#halfClosed && !this.#input) return true;
    return this.#refused || this.#stopped || this.#parts.draining() || (this.#turn?.isLast ?? true);
  }

  responded(error: Error | undefined, done: (error?: Error) => void): void {
    const socket = this.#socket;
    if (error) {
      socket.destroy();
      this.#end(error, done);
    } else if (socket.writableLength === 0) {
      this.#end(undefined, done);
    } else {
      this.#clock.enter('answer', this.#parts.limits.clientIdleMs);
      // Called when everything before it has been written.
      socket.write('', (lost) =>
        this.#end(lost ? new LoomError('client-abort', lost.message) : undefined, done),
      );
    }
  }

  /** So many bytes are in `readBuffer`, until the next read of any connection. */
  #readShared(size: number): void {
    this.#shared = !this.#input;
    this.#read(justRead(size));
    if (this.#shared && this.#input) this.#input = Buffer.from(this.#input);
    this.#shared = false;
  }

  #read(chunk: Buffer): void {
    if (this.#handedOver || this.#clock.phase === 'linger') return;
    this.#input = this.#input ? Buffer.concat([this.#input, chunk]) : chunk;
    this.#pump();
  }

  /** Does what can be done with the bytes at hand. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    let at = 0;
    while (this.#input) {
      const input: Buffer = this.#input;
      const before = at;
      const body = this.#body;
      if (body && !body.over) {
        at = body.feed(input, at, this.#shared);
        // Where a malformed body ends nobody knows: nothing behind it is a request.
        if (body.failure) this.#refused = true;
      } else if (!this.#turn && this.#clock.phase !== 'rest') at = this.#begin(input, at);
      if (at >= input.length) {
        this.#input = undefined;
        at = 0;
      } else if (at === before) {
        break;
      }
    }
    if (this.#input && at > 0) this.#input = this.#input.subarray(at);
    this.#pumping = false;
    // A body without bytes of its own, as with Content-Length: 0, ends without any.
    if (this.#body && !this.#body.over && !this.#input) this.#body.feed(none, 0, false);
    this.#settle();
  }

  /** Whether to read on, and until when what is awaited must have come. */
  #settle(): void {
    if (this.#handedOver) return;
    const body = this.#body;
    const reading = body && !body.over;
    const wants = reading
      ? !body.blocked
      : this.#clock.phase !== 'rest' && (this.#input?.length ?? 0) < this.#maxHeld;
    if (wants === this.#paused) {
      this.#paused = !wants;
      if (wants) this.#socket.resume();
      else this.#socket.pause();
    }
    if (!reading) {
      if (this.#turn && this.#clock.phase === 'body') this.#clock.enter('answer', 0);
    } else if (body.blocked || this.#isTunnel) this.#clock.enter('answer', 0);
    else this.#clock.enter('body', this.#parts.limits.clientIdleMs);
  }

  get #isTunnel(): boolean {
    return this.#body !== undefined && this.#body === this.#turn?.tunnel;
  }

  get #maxHeld(): number {
    return this.#turn ? maxWaitingBytes : this.#parts.limits.maxHeaderBytes + 4;
  }

  /** Reads the next head. @returns where to go on, or `at` when it is not whole. */
  #begin(input: Buffer, at: number): number {
    if (this.#refused || this.#socket.destroyed || this.#clock.phase === 'linger') return input.length;
    const { limits, scheme } = this.#parts;
    if (!this.#hadRequest && beginsHttp2(input)) {
      this.#handOver(input);
      return input.length;
    }
    const request = nextHead(input, at, scheme, limits.maxHeaderBytes, limits);
    if (!request) {
      if (this.#clock.phase !== 'head') this.#clock.enter('head', limits.headerTimeoutMs);
      return at;
    }
    if (request.refusal) {
      this.#refuse(request);
      return input.length;
    }
    this.#serve(request);
    return request.end;
  }

  /** Prior knowledge (RFC 9113 section 3.3). */
  #handOver(input: Buffer): void {
    this.#handedOver = true;
    giveBack(this.#socket, input);
    this.#parts.closed(this);
    this.#parts.http2(this.#socket);
  }

  /** The answer to it is the last one. */
  #refuse(request: Http1Request): void {
    this.#refused = true;
    this.#input = undefined;
    this.#serve(request);
  }

  #serve(request: Http1Request): void {
    this.#hadRequest = true;
    this.#clock.enter('answer', 0);
    const turn = new Turn(request, this.#socket, this.#origin, this);
    this.#turn = turn;
    this.#body = turn.body;
    this.#parts.handle(turn.exchange);
  }

  /** The response is complete, or will never be. */
  #end(error: Error | undefined, done: (error?: Error) => void): void {
    const last = this.#turn?.wire.closes || this.#stopped;
    const isShed = this.#turn?.exchange.errorCode === 'overloaded';
    this.#turn = undefined;
    done(error);
    if (this.#socket.destroyed) return;
    if (last) return this.#linger();
    this.#goOn(isShed ? 'rest' : 'idle');
  }

  #goOn(phase: 'rest' | 'idle'): void {
    this.#clock.enter(phase, phase === 'rest' ? restMs : this.#parts.limits.keepAliveMs);
    if (this.#body && !this.#body.over) this.#body.cancel(new LoomError('internal', 'nobody read it'));
    else this.#pump();
    // Half a head will never be whole.
    if (this.#halfClosed && !this.#turn) this.#linger();
  }

  #linger(): void {
    this.#input = undefined;
    this.#body = undefined;
    this.#clock.enter('linger', lingerMs);
    this.#socket.end();
    this.#socket.resume();
  }

  #drained(): void {
    this.#clock.drained();
    this.#turn?.wire.drained();
  }

  /** The client has ended its side, or all: only writing can tell. */
  #gone(): void {
    // In a tunnel each direction ends for itself.
    if (this.#isTunnel && this.#body?.close()) return;
    const reading = this.#body && !this.#body.over;
    if (this.#clock.phase === 'linger' || !this.#turn) this.#socket.destroy();
    else if (this.#parts.limits.halfClose && !reading) this.#halfClosed = true;
    else this.#closed();
  }

  #closed(): void {
    if (this.#handedOver) return;
    this.#socket.destroy();
    const { code } = (this.#socket.errored ?? {}) as { code?: string };
    const [error, turn] = [new LoomError('client-abort', code), this.#turn];
    this.#turn = undefined;
    this.#input = undefined;
    if (turn) {
      turn.wire.gone(error);
      this.#body?.fail(error);
      turn.exchange.abort(error);
    }
    this.#parts.closed(this);
  }
}

const none = Buffer.alloc(0);
const nothing = (): void => undefined;
