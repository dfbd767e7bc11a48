import type { Exchange } from '../../http/exchange.ts';
import type { Reply } from '../../middleware/middleware.ts';
import { mapType } from '../abi/enums.ts';
import { GrantedHeaders, type MessageAccess } from './granted-headers.ts';
import { RequestHeaders, ResponseHeaders, type HeaderMap } from './message-headers.ts';

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
  /** proxy_continue_stream came before the callback returned, so what it returns cannot pause. */
  continued = false;
  /** Ends the pause; cleared with it. */
  timer: NodeJS.Timeout | undefined;
  #request: HeaderMap | undefined;
  #response: HeaderMap | undefined;
  #paused: { readonly type: number; settle(error?: Error): void } | undefined;

  constructor(id: number, root: RootContext, exchange: Exchange) {
    this.id = id;
    this.root = root;
    this.exchange = exchange;
  }
  /** Milliseconds that its callbacks have computed. */
  computedMs = 0;

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

  /** Why the message that the guest changed last cannot be sent. */
  get problem(): string | undefined {
    return this.writable === mapType.responseHeaders ? this.#response?.problem : this.#request?.problem;
  }

  /** Resolves when the guest continues that direction or answers; rejects with the reason when the client goes or the VM ends. */
  pause(type: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const settle = (error?: Error): void => {
        this.#paused = undefined;
        clearTimeout(this.timer);
        this.exchange.onAbort(undefined);
        if (error) reject(error);
        else resolve();
      };
      this.#paused = { type, settle };
      this.exchange.onAbort(settle);
    });
  }

  /** proxy_continue_stream; nothing happens when that direction is not paused. */
  continue(type: number): void {
    this.continued = true;
    if (this.#paused?.type === type) this.#paused.settle();
  }

  /** proxy_send_local_response; the first one counts. It ends a pause too. */
  answer(reply: Reply, details: string): void {
    if (this.reply) return;
    this.reply = reply;
    this.details = details;
    this.#paused?.settle();
  }

  /** The VM or the time ended: a paused exchange must not wait any longer. */
  fail(error: Error): void {
    this.#paused?.settle(error);
  }
}

export type Context = RootContext | StreamContext;
