import type { Socket } from 'node:net';
import { LoomError } from '../../errors.ts';
import type { BodySink, BodySource } from '../../http/body.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { HeaderList } from '../../http/headers.ts';
import { BodyWriter } from '../../http/http1/body-writer.ts';
import { fieldLines } from '../../http/http1/head-text.ts';
import type { Framing } from '../../http/http1/incoming-body.ts';

export interface SenderOwner {
  /** All of the request has been handed to the socket. */
  sent(): void;
  failed(error: LoomError): void;
}

/** Writes a request to an endpoint. Its body is not touched before there is a connection: until then another try can have it. */
export class RequestSender implements BodySink {
  /** Everything has been handed to the socket, or never will be. */
  over = false;
  readonly #exchange: Exchange;
  readonly #maxBytes: number;
  readonly #owner: SenderOwner;
  #source: BodySource | undefined;
  #writer: BodyWriter | undefined;

  /** `maxBytes` of the body, 0 for no limit. */
  constructor(exchange: Exchange, maxBytes: number, owner: SenderOwner) {
    this.#exchange = exchange;
    this.#maxBytes = maxBytes;
    this.#owner = owner;
  }

  start(socket: Socket): void {
    const { requestBody } = this.#exchange;
    let text: string;
    const framing = requestBody ? framingOf(this.#exchange, requestBody) : 0;
    try {
      text = this.#head(framing, requestBody);
    } catch (error) {
      this.over = true;
      this.#owner.failed(error as LoomError);
      return;
    }
    if (!requestBody) {
      this.over = true;
      socket.write(text, 'latin1');
      this.#owner.sent();
      return;
    }
    this.#source = requestBody;
    this.#writer = new BodyWriter(socket, text, framing, (error) => this.#written(error));
    requestBody.start(this);
    this.#writer.flush();
  }

  /** The rest of the connection is the client's. */
  tunnel(bytes: BodySource, socket: Socket): void {
    this.over = false;
    this.#source = bytes;
    this.#writer = new BodyWriter(socket, '', 'close', () => {
      this.over = true;
      this.#source = undefined;
      socket.end();
    });
    bytes.start(this);
  }

  drained(): void {
    this.#source?.resume();
  }

  /** Nobody wants the rest of the request. */
  stop(reason: LoomError): void {
    this.over = true;
    const source = this.#source;
    this.#source = undefined;
    source?.cancel(reason);
  }

  data(piece: Buffer): boolean {
    if (this.over) return true;
    const exchange = this.#exchange;
    exchange.requestBytes += piece.length;
    if (this.#maxBytes > 0 && exchange.requestBytes > this.#maxBytes) {
      this.#owner.failed(new LoomError('body-too-large'));
      return true;
    }
    return this.#writer?.data(piece) ?? true;
  }

  end(trailers?: HeaderList): void {
    this.#writer?.end(trailers);
  }

  fail(error: Error): void {
    this.#source = undefined;
    if (this.over) return;
    this.over = true;
    this.#owner.failed(error instanceof LoomError ? error : new LoomError('client-abort', error.message));
  }

  #written(error: Error | undefined): void {
    const source = this.#source;
    this.#source = undefined;
    this.over = true;
    if (!error) return this.#owner.sent();
    source?.cancel(error);
    this.#owner.failed(error as LoomError);
  }

  #head(framing: Framing, body: BodySource | undefined): string {
    const { request, upgrade } = this.#exchange;
    const { method, path, query, authority, headers } = request;
    const target = query === '' ? path : `${path}?${query}`;
    let text = `${method} ${target} HTTP/1.1\r\nhost: ${authority}\r\n${fieldLines(headers)}`;
    if (framing === 'chunked') text += 'transfer-encoding: chunked\r\n';
    else if (body && !headers.has('content-length')) text += `content-length: ${framing}\r\n`;
    if (upgrade) text += `connection: upgrade\r\nupgrade: ${upgrade.protocol}\r\n`;
    return `${text}\r\n`;
  }
}

function framingOf({ request }: Exchange, body: BodySource): Framing {
  const told = request.headers.get('content-length');
  if (told !== undefined) return Number(told);
  return body.length ?? 'chunked';
}
