import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2';
import { errors, LoomError } from '../../errors.ts';
import type { UpstreamTls } from '../../model/upstream.ts';
import { toLoomError } from '../failures.ts';
import type { Destination } from './destination.ts';
import { grpcFrame, GrpcFrameError, GrpcFrames } from './grpc-frames.ts';
import { grpcStatus, statusOfHttp, statusOfReset } from './grpc-status.ts';
import type { Http2Sessions } from './http2-sessions.ts';
import { Visit, verdictOf, type Verdict } from './visit.ts';

export interface GrpcRequest {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly authority: string;
  /** Of a destination that does not speak TLS by itself. */
  readonly tls: UpstreamTls | undefined;
  /** [name, value, …] in lower case. */
  readonly metadata: readonly string[];
  /** To the status, 0 for no limit. */
  readonly timeoutMs: number;
}

/** Never called before the call that began the stream has returned, nor after it was cancelled. Metadata is [name, value, …]. */
export interface GrpcListener {
  /** Asked for each piece of what arrives; false ends the stream. */
  admit(bytes: number): boolean;
  initial(metadata: readonly string[]): void;
  message(message: Buffer): void;
  trailing(metadata: readonly string[]): void;
  /** Once, at the end. */
  closed(status: number, message: string): void;
}

/** Largest message, and most that may wait for a slow reader. */
const maxMessageBytes = 16 << 20;

/** One gRPC call over HTTP/2 ("gRPC over HTTP2"): any number of messages in both directions, then a status. */
export class GrpcCall {
  readonly #request: GrpcRequest;
  readonly #sessions: Http2Sessions;
  readonly #listener: GrpcListener;
  readonly #frames = new GrpcFrames(maxMessageBytes);
  /** What was sent before there is a connection: another endpoint may have to get it. */
  #unsent: Buffer[] = [];
  #ended = false;
  #session: ClientHttp2Session | undefined;
  #visit: Visit | undefined;
  #stream: ClientHttp2Stream | undefined;
  #leave: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #cancelled = false;
  #responded = false;

  constructor(to: Destination, request: GrpcRequest, sessions: Http2Sessions, listener: GrpcListener) {
    this.#request = request;
    this.#sessions = sessions;
    this.#listener = listener;
    if (request.timeoutMs > 0)
      this.#timer = setTimeout(
        () => this.#close(grpcStatus.deadlineExceeded, 'the deadline has passed', 'failure'),
        request.timeoutMs,
      );
    try {
      this.#visit = new Visit(to, false);
    } catch (error) {
      this.#fail(error as LoomError);
      return;
    }
    this.#connect(this.#visit);
  }

  /** A message; `end`: the last one. */
  send(message: Buffer, end: boolean): void {
    if (this.#over || this.#ended) return;
    const frame = grpcFrame(message);
    this.#ended = end;
    if (this.#session?.connecting ?? true) this.#unsent.push(frame);
    if ((this.#stream?.writableLength ?? 0) > maxMessageBytes) {
      this.#close(grpcStatus.resourceExhausted, 'the callee does not read what it is sent', 'success');
      return;
    }
    this.#stream?.write(frame);
    if (end) this.#stream?.end();
  }

  /** No more messages from this side. */
  end(): void {
    if (this.#over || this.#ended) return;
    this.#ended = true;
    this.#stream?.end();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#finish('abandon');
  }

  #connect(visit: Visit): void {
    try {
      this.#open(visit);
    } catch (error) {
      this.#fail(new LoomError('internal', String(error), error));
    }
  }

  #open(visit: Visit): void {
    const { session, leave, scheme } = this.#sessions.enter(
      visit.endpoint,
      visit.upstream,
      this.#request.tls,
    );
    this.#leave = leave;
    this.#session = session;
    const stream = session.request(requestFields(this.#request, scheme), { endStream: false });
    this.#stream = stream;
    for (const frame of this.#unsent) stream.write(frame);
    if (this.#ended) stream.end();
    let failure: Error | undefined;
    stream.on('response', (headers, flags) => this.#onHeaders(headers, flags));
    stream.on('trailers', (headers) => this.#onTrailers(headers));
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('error', (error: Error) => (failure = error));
    stream.on('close', () => this.#onClose(stream, failure));
  }

  #onHeaders(headers: IncomingHttpHeaders & { ':status'?: number | undefined }, flags: number): void {
    if (this.#over) return;
    this.#responded = true;
    this.#unsent = [];
    const only = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const code = headers[':status'] ?? 0;
    this.#visit?.answered(code);
    this.#tell((listener) => listener.initial(only ? [] : flat(headers)));
    if (headers['grpc-status'] === undefined && code !== 200)
      this.#close(statusOfHttp(code), `the callee answered with HTTP status ${code}`, 'success');
    else if (only) this.#onTrailers(headers);
  }

  #onTrailers(headers: IncomingHttpHeaders): void {
    if (this.#over) return;
    const text = String(headers['grpc-status'] ?? '');
    const status = /^\d{1,3}$/.test(text) ? Number(text) : grpcStatus.unknown;
    const whole = status !== grpcStatus.ok || this.#frames.whole;
    this.#close(
      whole ? status : grpcStatus.internal,
      whole ? decoded(String(headers['grpc-message'] ?? '')) : 'the last message was cut off',
      'success',
      flat(headers),
    );
  }

  #onData(chunk: Buffer): void {
    if (this.#over) return;
    try {
      if (!this.#listener.admit(chunk.length)) throw new GrpcFrameError('more than may be held', true);
      for (const message of this.#frames.push(chunk)) this.#tell((listener) => listener.message(message));
    } catch (error) {
      const tooLarge = error instanceof GrpcFrameError && error.tooLarge;
      this.#close(
        tooLarge ? grpcStatus.resourceExhausted : grpcStatus.internal,
        (error as Error).message,
        'success',
      );
    }
  }

  /** Without trailers: the connection or the stream was cut, or there never was one. */
  #onClose(stream: ClientHttp2Stream, failure: Error | undefined): void {
    if (this.#over || stream !== this.#stream) return;
    if (this.#responded || !this.#session?.connecting) {
      // Node gives the streams of a lost connection the code of a cancelled one.
      const lost = failure?.cause !== undefined || this.#session?.destroyed || this.#session?.closed;
      const status = lost ? grpcStatus.unavailable : statusOfReset(stream.rstCode);
      const what = lost ? 'the connection was lost' : 'the callee reset the stream';
      this.#close(status, failure?.message ?? what, 'failure');
      return;
    }
    const cause = failure?.cause instanceof Error ? failure.cause : failure;
    const error = toLoomError(cause ?? new Error('the connection was closed'), false);
    this.#leave?.();
    this.#leave = undefined;
    if (errors[error.code].retry === 'always' && this.#visit?.next()) this.#connect(this.#visit);
    else this.#fail(error);
  }

  #fail(error: LoomError): void {
    this.#close(grpcStatus.unavailable, error.message, verdictOf(error));
  }

  #close(status: number, message: string, verdict: Verdict, trailers: readonly string[] = []): void {
    if (!this.#finish(verdict, trailers.length > 0)) return;
    this.#tell((listener) => {
      listener.trailing(trailers);
      if (!this.#cancelled) listener.closed(status, message);
    });
  }

  #finish(verdict: Verdict, spoken = false): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#visit?.end(verdict);
    this.#leave?.();
    // Where both sides have said their last word there is nothing to reset.
    if (!(this.#ended && spoken)) this.#stream?.close(constants.NGHTTP2_CANCEL);
    return true;
  }

  /** On a stack of its own, in order: a plugin that is stopped in its callback must not take the parser with it. */
  #tell(what: (listener: GrpcListener) => void): void {
    setImmediate(() => {
      if (!this.#cancelled) what(this.#listener);
    });
  }
}

function requestFields({ path, authority, metadata, timeoutMs }: GrpcRequest, scheme: string): string[] {
  const fields = [':method', 'POST', ':scheme', scheme, ':path', path, ':authority', authority];
  fields.push('content-type', 'application/grpc', 'te', 'trailers');
  // Eight digits at most ("gRPC over HTTP2", Timeout).
  if (timeoutMs > 0) fields.push('grpc-timeout', `${Math.min(timeoutMs, 99_999_999)}m`);
  return fields.concat(metadata);
}

function flat(headers: IncomingHttpHeaders): string[] {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(headers))
    for (const one of Array.isArray(value) ? value : [value]) pairs.push(name, String(one));
  return pairs;
}

/** grpc-message is percent-encoded UTF-8; what is not is shown as it came. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
