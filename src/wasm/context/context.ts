import type { LoomError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import { HeaderList } from '../../http/headers.ts';
import type { Reply } from '../../middleware/middleware.ts';
import { mapType, streamType } from '../abi/enums.ts';
import type { BodyFilter } from './body-filter.ts';
import { GrantedHeaders, type MessageAccess } from './granted-headers.ts';
import { RequestHeaders, ResponseHeaders, type HeaderMap } from './message-headers.ts';
import { Hold, type Until } from './hold.ts';
import { TrailerFields } from './trailer-fields.ts';
import type { Way } from './way.ts';

/** One configuration of a plugin in one VM. */
export class RootContext {
  readonly kind = 'root';
  readonly id: number;
  readonly config: Buffer;
  readonly access: MessageAccess;
  /** proxy_on_done said no: the context lives until proxy_done. */
  closing = false;

  constructor(id: number, config: Buffer, access: MessageAccess) {
    this.id = id;
    this.config = config;
    this.access = access;
  }
}

/** The stage that an exchange has in a plugin: told what happens when none of its hooks runs. */
export interface StreamOwner {
  /** The guest answered or closed the stream. */
  answered(stream: StreamContext): void;
  /** The instance ended. */
  failed(stream: StreamContext, error: Error): void;
  /** See `StreamContext.inject`. */
  inject(stream: StreamContext, bytes: Buffer, end: boolean): void;
}

/** One exchange as one plugin of one rule sees it. */
export class StreamContext {
  readonly kind = 'stream';
  readonly id: number;
  readonly root: RootContext;
  readonly exchange: Exchange;
  /** The one header map that the guest may change now, -1 for none. What was forwarded cannot be changed any more. */
  writable = -1;
  /** True from the last byte on. */
  ended = false;
  reply: Reply | undefined;
  details = '';
  /** The guest has been told to forget it. */
  deleted = false;
  /** Milliseconds that its callbacks have computed. */
  computedMs = 0;
  /** proxy_continue_stream came before the callback returned, so what it returns cannot pause. */
  continued = false;
  /** `streamType` of the callback that runs now, -1 for none. */
  calling = -1;
  /** proxy_close_stream was called. */
  closing = false;
  /** An answer, or the end of the stream, that no hook has seen yet. */
  pending = false;
  /** False: changes of the request do not choose another route (Higress' property `clear_route_cache` set to `off`). */
  reroutes = true;
  /** The guest asked for the route to be chosen anew, whatever changed. */
  clearedRoute = false;
  owner: StreamOwner | undefined;
  /** The hook that waits. */
  hold: Hold | undefined;
  /** Set by the guest in place of its plugin's limit, by `streamType`. */
  bufferLimits: readonly (number | undefined)[] = noLimits;
  requestBody: BodyFilter | undefined;
  responseBody: BodyFilter | undefined;
  #request: HeaderMap | undefined;
  #response: HeaderMap | undefined;
  #requestTrailers: HeaderMap | undefined;
  #responseTrailers: HeaderMap | undefined;

  constructor(id: number, root: RootContext, exchange: Exchange) {
    this.id = id;
    this.root = root;
    this.exchange = exchange;
  }

  /** As the plugin may see and change it. */
  get request(): HeaderMap {
    return (this.#request ??= GrantedHeaders.of(new RequestHeaders(this.exchange), this.root.access.request));
  }

  get response(): HeaderMap | undefined {
    if (!this.exchange.response) return undefined;
    return (this.#response ??= GrantedHeaders.of(
      new ResponseHeaders(this.exchange),
      this.root.access.response,
    ));
  }

  /** Why that message cannot be sent as the guest left it. */
  problemOf({ headersMap }: Way): string | undefined {
    return headersMap === mapType.requestHeaders ? this.#request?.problem : this.#response?.problem;
  }

  /** The same of the trailers of that way. */
  trailerProblemOf({ type }: Way): string | undefined {
    return (type === streamType.request ? this.#requestTrailers : this.#responseTrailers)?.problem;
  }

  /** Map 1 or 3, undefined while there are no such trailers. `make`: begins with none where the guest may make them now. */
  trailers(map: number, make = false): HeaderMap | undefined {
    const request = map === mapType.requestTrailers;
    const filter = request ? this.requestBody : this.responseBody;
    if (!filter) return undefined;
    if (!filter.trailers && make && filter.last) filter.trailers = new HeaderList();
    if (!filter.trailers) return undefined;
    const made = request ? this.#requestTrailers : this.#responseTrailers;
    if (made) return made;
    const fields = GrantedHeaders.of(
      new TrailerFields(this.exchange, filter.trailers),
      request ? this.root.access.request : this.root.access.response,
    );
    if (request) this.#requestTrailers = fields;
    else this.#responseTrailers = fields;
    return fields;
  }

  /** Bytes of a body that the plugin may hold back from now on (Higress' `set_decoder_buffer_limit` and its twin). */
  setBufferLimit(type: 0 | 1, bytes: number): void {
    this.bufferLimits = type === 0 ? [bytes, this.bufferLimits[1]] : [this.bufferLimits[0], bytes];
  }

  /** proxy_clear_route_cache of 0.1.0, and the foreign function of later versions. Without effect once the head has gone. */
  clearRouteCache(): void {
    this.clearedRoute = true;
  }

  /** A hook begins to wait. */
  wait(type: number, until: Until): Hold {
    return (this.hold = new Hold(type, until));
  }

  /** proxy_continue_stream; nothing happens when that direction is not paused. */
  continue(type: number): void {
    if (this.calling === type) this.continued = true;
    else if (this.hold?.type === type && this.hold.until === 'continue') this.hold.settle();
    else (type === 0 ? this.requestBody : this.responseBody)?.continue();
  }

  /** proxy_send_local_response; the first one counts. It ends a pause too. */
  answer(reply: Reply, details: string): void {
    if (this.reply || this.ended) return;
    this.reply = reply;
    this.details = details;
    this.#tell();
  }

  /** proxy_close_stream. */
  close(): void {
    if (this.closing || this.ended) return;
    this.closing = true;
    this.#tell();
  }

  /**
   * Higress' proxy_inject_encoded_data_to_filter_chain: bytes that go on in the response, past this plugin and what it holds
   * back; with `end` they are the last. In a headers callback that pauses they give a response a body. Without a response,
   * or where none may have a body, nothing happens.
   */
  inject(bytes: Buffer, end: boolean): void {
    if (this.exchange.response && !this.ended) this.owner?.inject(this, bytes, end);
  }

  /** The callback that runs sees to it when it returns; else the stage, when the guest that calls has returned. */
  #tell(): void {
    if (this.calling >= 0) return;
    this.pending = true;
    queueMicrotask(() => {
      if (this.pending && !this.ended) this.owner?.answered(this);
    });
  }

  /** The exchange ends with an error: instead of its response while there is none, in the middle of it otherwise. */
  giveUp(error: LoomError): void {
    const { exchange, hold } = this;
    if (hold && !hold.settled) hold.settle(error);
    else if (exchange.response) exchange.reset(error);
    else exchange.interrupt(error);
    this.cancel(error);
  }

  body(way: Way): BodyFilter | undefined {
    return way.type === streamType.request ? this.requestBody : this.responseBody;
  }

  /** Both bodies go on without the plugin; false when some of one is missing. */
  stepAside(): boolean {
    const request = this.requestBody?.stepAside() ?? true;
    return (this.responseBody?.stepAside() ?? true) && request;
  }

  /** Neither body is wanted any more. */
  cancel(reason: Error): void {
    this.requestBody?.cancel(reason);
    this.responseBody?.cancel(reason);
  }

  /** The instance ended, or the plugin was closed. A callback that runs learns it by itself. */
  fail(error: Error): void {
    if (this.calling >= 0 || this.ended) return;
    if (this.hold && !this.hold.settled) this.hold.settle(error);
    else this.owner?.failed(this, error);
  }
}

const noLimits: readonly number[] = [];

export type Context = RootContext | StreamContext;
