import { createHash } from 'node:crypto';
import { constants, type ClientHttp2Stream } from 'node:http2';
import { LoomError } from '../../errors.ts';
import type { BodySink, BodySource } from '../../http/body.ts';
import type { ResponseHead } from '../../http/exchange.ts';
import { HeaderList } from '../../http/headers.ts';
import { objectOf } from '../../http/http2/field-object.ts';
import { StreamBody } from '../../http/http2/stream-body.ts';
import type { Living } from '../../structures/live-set.ts';
import { RequestFeed } from '../request-feed.ts';
import type { Outgoing, Receiver, ResponseBody, UpstreamRequest } from '../request.ts';
import type { ClientSession } from './client-session.ts';
import { requestFields } from './request-fields.ts';

/** An endpoint that does nothing but go away is not asked for ever. */
const maxMoves = 3;

/** The pool of a request. */
export interface RequestOwner {
  /** It was abandoned without a connection. */
  forget(request: StreamRequest): void;
  /** It wants another connection: nobody has looked at it on that which it had. */
  again(request: StreamRequest): void;
}

/** One request on a stream of its own (RFC 9113 section 8.1), and the body of its response. */
export class StreamRequest implements UpstreamRequest, ResponseBody, BodySink, Living {
  place: number | undefined;
  isQueued = false;
  isSent = false;
  length: number | undefined;
  readonly receiver: Receiver;
  readonly #outgoing: Outgoing;
  readonly #maxBytes: number;
  readonly #owner: RequestOwner;
  /** How often it was sent on a connection that went away before it was looked at. */
  #moves = 0;
  #session: ClientSession | undefined;
  #stream: ClientHttp2Stream | undefined;
  #feed: RequestFeed | undefined;
  #body: StreamBody | undefined;
  #trailers: HeaderList | undefined;
  #answered = false;
  /** All of the response is told, or nobody wants it. */
  #over = false;

  constructor(outgoing: Outgoing, maxBytes: number, receiver: Receiver, owner: RequestOwner) {
    this.#outgoing = outgoing;
    this.#maxBytes = maxBytes;
    this.receiver = receiver;
    this.#owner = owner;
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  get blocked(): boolean {
    return this.#body?.blocked ?? true;
  }

  /** Takes a place on a connection. */
  enter(session: ClientSession): void {
    this.#session = session;
    session.enter();
  }

  send(): void {
    const { requestBody, upgrade } = this.#outgoing;
    const session = this.#session as ClientSession;
    if (upgrade && !session.canTunnel) return this.receiver.failed(new LoomError('upgrade-unsupported'));
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(requestFields(this.#outgoing, session.scheme), {
        endStream: !requestBody && !upgrade,
        waitForTrailers: requestBody !== undefined || upgrade !== undefined,
      });
    } catch (error) {
      const refused = new LoomError('upstream-refused', (error as Error).message, error);
      return this.receiver.failed(error instanceof LoomError ? error : refused);
    }
    this.#listen(stream);
    if (requestBody) this.#pour(requestBody);
    else this.#sent();
  }

  tunnel(bytes: BodySource): void {
    this.isSent = false;
    this.#pour(bytes);
  }

  abandon(reason: LoomError): void {
    this.isSent = true;
    this.#over = true;
    this.#feed?.stop(reason);
    if (this.#stream) this.#stream.close(reason.resetCode ?? constants.NGHTTP2_CANCEL);
    else if (this.#session) this.#session.leave();
    else this.#owner.forget(this);
  }

  /** Of the request. */
  data(piece: Buffer): boolean {
    return this.#stream?.write(piece) ?? true;
  }

  end(trailers?: HeaderList): void {
    this.#trailers = trailers;
    this.#stream?.end(() => this.#sent());
  }

  fail(error: Error): void {
    this.receiver.failed(error as LoomError);
  }

  /** Of the response. */
  start(sink: BodySink): void {
    this.#body?.start({
      data: (piece) => {
        this.receiver.progressed();
        return sink.data(piece);
      },
      end: (trailers) => {
        this.#over = true;
        sink.end(trailers);
        this.receiver.completed();
      },
      fail: (error) => sink.fail(error),
    });
  }

  resume(): void {
    this.#body?.resume();
  }

  cancel(reason: Error): void {
    this.abandon(new LoomError('client-abort', reason.message));
  }

  #listen(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    stream.on('headers', (_fields: object, _flags: number, raw: string[]) => {
      if (!this.#over) this.receiver.informed(headOf(raw));
    });
    stream.on('response', (_fields: object, flags: number, raw: string[]) => this.#answer(raw, flags));
    stream.on('drain', () => this.#feed?.resume());
    stream.on('wantTrailers', () => {
      // node:http2 ends a stream before it resets it: without this a request that is cut would look complete.
      if (!stream.closed) stream.sendTrailers(objectOf(this.#trailers));
    });
    // 'close' follows and knows the code.
    stream.on('error', () => undefined);
    stream.on('close', () => this.#closed(stream));
  }

  #pour(source: BodySource): void {
    this.#feed = new RequestFeed(this.#outgoing, this.#maxBytes, this, this.receiver);
    this.#feed.start(source);
  }

  #sent(): void {
    if (this.isSent) return;
    this.isSent = true;
    this.receiver.sent();
  }

  #answer(raw: string[], flags: number): void {
    if (this.#over) return;
    const stream = this.#stream as ClientHttp2Stream;
    const head = headOf(raw);
    const { upgrade, request } = this.#outgoing;
    this.#answered = true;
    const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const bodiless = request.method === 'HEAD' || head.status === 204 || head.status === 304;
    if (ended || bodiless) {
      this.#over = true;
      stream.resume();
      this.receiver.answered(head, undefined);
      this.receiver.completed();
      return;
    }
    const told = head.headers.get('content-length');
    this.length = told === undefined ? undefined : Number(told);
    this.#body = new StreamBody(stream, this.length);
    if (!upgrade || head.status !== 200) return this.receiver.answered(head, this);
    this.receiver.answered(asHandshake(head, this.#outgoing), this, upgrade.protocol);
  }

  #closed(stream: ClientHttp2Stream): void {
    const session = this.#session as ClientSession;
    if (!this.#over && this.#canMove(stream, session)) {
      this.#stream = undefined;
      this.#session = undefined;
      this.isSent = false;
      this.#moves++;
      session.leave();
      return this.#owner.again(this);
    }
    if (!this.#over) {
      this.#over = true;
      this.receiver.failed(this.#failure(stream.rstCode ?? 0, session, stream.id ?? 0));
    }
    session.leave();
  }

  /** A connection that goes away says nothing about its endpoint: a stream that it has not looked at is one of the next one. */
  #canMove(stream: ClientHttp2Stream, session: ClientSession): boolean {
    if (this.#answered || this.#feed || this.#moves === maxMoves) return false;
    return session.hasNotSeen(stream.id ?? 0);
  }

  #failure(code: number, session: ClientSession, id: number): LoomError {
    const untouched = code === constants.NGHTTP2_REFUSED_STREAM || session.hasNotSeen(id);
    // With a body that somebody has begun to read there can be no other try.
    if (untouched && !this.#answered && !this.#feed) return new LoomError('upstream-refused');
    if (session.failure) return session.failure;
    if (session.isLost) return new LoomError('upstream-reset', 'the connection was lost');
    const isMalformed = code === constants.NGHTTP2_PROTOCOL_ERROR;
    const error = new LoomError(
      isMalformed ? 'upstream-protocol' : 'upstream-reset',
      `stream closed with code ${code}`,
    );
    if (code !== constants.NGHTTP2_NO_ERROR) error.resetCode = code;
    return error;
  }
}

/** nghttp2 has refused the fields of a connection and a status that is none. */
function headOf(raw: readonly string[]): ResponseHead {
  const headers = new HeaderList();
  let status = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name === ':status') status = Number(raw[i + 1]);
    else if (!name.startsWith(':')) headers.append(name, raw[i + 1] as string);
  }
  return { status, headers };
}

/** An open tunnel as HTTP/1 shows it (RFC 6455 section 4.2.2). */
function asHandshake({ headers }: ResponseHead, { request }: Outgoing): ResponseHead {
  const key = request.headers.get('sec-websocket-key');
  if (key !== undefined) {
    const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    headers.set('sec-websocket-accept', proof);
  }
  return { status: 101, headers };
}
