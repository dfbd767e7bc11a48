import type { LoomError } from '../../errors.ts';
import type { BodySource } from '../../http/body.ts';
import { BodyWriter } from '../../http/http1/body-writer.ts';
import { fieldLines } from '../../http/http1/head-text.ts';
import type { Framing } from '../../http/http1/incoming-body.ts';
import type { Living } from '../../structures/live-set.ts';
import { RequestFeed } from '../request-feed.ts';
import type { Outgoing, Receiver, UpstreamRequest } from '../request.ts';
import type { ClientConnection } from './client-connection.ts';

/** Where requests without a connection wait. */
interface Queue {
  forget(sender: RequestSender): void;
}

/** Writes one request to a connection of HTTP/1.1. */
export class RequestSender implements UpstreamRequest, Living {
  place: number | undefined;
  isSent = false;
  readonly receiver: Receiver;
  readonly #queue: Queue | undefined;
  #connection: ClientConnection | undefined;
  readonly #outgoing: Outgoing;
  readonly #maxBytes: number;
  #feed: RequestFeed | undefined;

  /** `maxBytes` of the body, 0 for no limit. `enter` follows, at once or when the queue has come to it. */
  constructor(outgoing: Outgoing, maxBytes: number, receiver: Receiver, queue?: Queue) {
    this.#outgoing = outgoing;
    this.#maxBytes = maxBytes;
    this.receiver = receiver;
    this.#queue = queue;
  }

  get connected(): boolean {
    return this.#connection?.connected ?? false;
  }

  get isQueued(): boolean {
    return this.#connection === undefined;
  }

  enter(connection: ClientConnection): void {
    this.#connection = connection;
    connection.take(this.receiver, this, this.#outgoing.request.method);
  }

  send(): void {
    const { requestBody } = this.#outgoing;
    let text: string;
    const framing = requestBody ? framingOf(this.#outgoing, requestBody) : 0;
    try {
      text = this.#head(framing, requestBody);
    } catch (error) {
      this.receiver.failed(error as LoomError);
      return;
    }
    if (!requestBody) {
      this.#socket.write(text, 'latin1');
      this.#sent();
      return;
    }
    const writer = this.#write(requestBody, text, framing, () => this.#sent());
    writer.flush();
  }

  tunnel(bytes: BodySource): void {
    this.isSent = false;
    this.#write(bytes, '', 'close', () => {
      this.isSent = true;
      this.#socket.end();
    });
  }

  /** The socket takes more. */
  drained(): void {
    this.#feed?.resume();
  }

  abandon(reason: LoomError): void {
    this.isSent = true;
    if (this.#connection) this.#connection.destroy();
    else this.#queue?.forget(this);
    this.#feed?.stop(reason);
  }

  /** Nothing is sent before there is a connection. */
  get #socket(): ClientConnection['socket'] {
    return (this.#connection as ClientConnection).socket;
  }

  #write(source: BodySource, head: string, framing: Framing, ended: () => void): BodyWriter {
    const writer: BodyWriter = new BodyWriter(this.#socket, head, framing, (error) => {
      if (error) this.receiver.failed(error as LoomError);
      else ended();
    });
    this.#feed = new RequestFeed(this.#outgoing, this.#maxBytes, writer, this.receiver);
    this.#feed.start(source);
    return writer;
  }

  #sent(): void {
    this.isSent = true;
    this.#connection?.sent();
    this.receiver.sent();
  }

  #head(framing: Framing, body: BodySource | undefined): string {
    const { request, upgrade } = this.#outgoing;
    const { method, path, query, authority, headers } = request;
    const target = query === '' ? path : `${path}?${query}`;
    let text = `${method} ${target} HTTP/1.1\r\nhost: ${authority}\r\n${fieldLines(headers)}`;
    if (framing === 'chunked') text += 'transfer-encoding: chunked\r\n';
    else if (body && !headers.has('content-length')) text += `content-length: ${framing}\r\n`;
    if (upgrade) text += `connection: upgrade\r\nupgrade: ${upgrade.protocol}\r\n`;
    return `${text}\r\n`;
  }
}

function framingOf({ request }: Outgoing, body: BodySource): Framing {
  const told = request.headers.get('content-length');
  if (told !== undefined) return Number(told);
  return body.length ?? 'chunked';
}
