import type { Socket } from 'node:net';
import type { ConnectionOrigin } from '../connection-origin.ts';
import { Exchange } from '../exchange.ts';
import { IncomingBody, type BodyOwner } from './incoming-body.ts';
import { isUpgrade, wantsClose, type Http1Request } from './request-head.ts';
import { ServerWire, type WireOwner } from './server-wire.ts';

/** Bytes of a request body that are worth reading to keep the connection. */
const maxRestBytes = 65_536;

/** One request of a connection, from its head to the end of its answer. */
export class Turn {
  readonly request: Http1Request;
  readonly wire: ServerWire;
  readonly exchange: Exchange;
  readonly body: IncomingBody | undefined;
  /** What the client sends once an upgrade is made. */
  readonly tunnel: IncomingBody | undefined;

  constructor(request: Http1Request, socket: Socket, origin: ConnectionOrigin, owner: BodyOwner & WireOwner) {
    const { head, fields, refusal } = request;
    const framing = refusal ? 0 : fields.chunked ? 'chunked' : Math.max(0, fields.contentLength);
    this.request = request;
    this.body = framing === 0 ? undefined : new IncomingBody(framing, 'bad-request', owner);
    this.wire = new ServerWire(socket, request, owner);
    this.exchange = new Exchange(this.wire, head, this.body, origin);
    this.exchange.refusal = refusal;
    if (this.body || refusal || !isUpgrade(request)) return;
    this.tunnel = new IncomingBody('close', 'client-abort', owner);
    this.exchange.upgrade = { protocol: fields.upgrade ?? '', bytes: this.tunnel };
  }

  /** The connection cannot have another turn: the client says so, or too much of its request has not arrived. */
  get isLast(): boolean {
    return wantsClose(this.request) || !this.#isNearlyRead;
  }

  /** True once, if the client waits for 100 Continue (RFC 9110 section 10.1.1); one of HTTP/1.0 would take it for the response. */
  takeExpectation(): boolean {
    const { fields, minor } = this.request;
    if (!fields.expectsContinue || minor === 0 || this.wire.begun) return false;
    fields.expectsContinue = false;
    return true;
  }

  /** Whether the request has arrived, or so little is missing that reading it is cheaper than a new connection. */
  get #isNearlyRead(): boolean {
    const { body } = this;
    if (!body || body.over) return true;
    // A client that waits for 100 Continue may send the body or not: nobody can tell what comes next.
    return body.left <= maxRestBytes && !this.request.fields.expectsContinue;
  }
}
