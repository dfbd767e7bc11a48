import type { LoomError } from '../errors.ts';
import type { BodySource } from '../http/body.ts';
import type { RequestHead, ResponseHead, Upgrade } from '../http/exchange.ts';

/** What is sent: an Exchange, or a request that Loom makes by itself. */
export interface Outgoing {
  readonly request: RequestHead;
  readonly requestBody: BodySource | undefined;
  readonly upgrade: Upgrade | undefined;
  /** Of the body, so far. */
  requestBytes: number;
}

/** The body of a response as it arrives. */
export interface ResponseBody extends BodySource {
  /** Its reader makes the upstream wait. */
  readonly blocked: boolean;
}

/** Who waits for the response to a request. Nothing is told before `begin` has returned, or after the request was abandoned. */
export interface Receiver {
  /** There is room for a connection, for which the request has waited: it is being made. */
  dialled(): void;
  /** There is a connection for the request: it is to be sent. */
  connected(): void;
  /** All of the request has been handed to the connection. */
  sent(): void;
  /** An interim response (1xx but 101). */
  informed(head: ResponseHead): void;
  /** `body` undefined: there is none. A small body that came with the head is here whole. `upgrade`: the protocol of a 101. */
  answered(head: ResponseHead, body: ResponseBody | Buffer | undefined, upgrade?: string): void;
  /** A piece of the response has come. */
  progressed(): void;
  /** All of the response has come, and been told. */
  completed(): void;
  /** There will be no response, or no more of it. */
  failed(error: LoomError): void;
}

/** One request to one endpoint, as its protocol carries it. */
export interface UpstreamRequest {
  /** There is a connection for it. */
  readonly connected: boolean;
  /** None is being made for it: there are as many as there may be. */
  readonly isQueued: boolean;
  /** All of it has been handed to the connection, or never will be. */
  readonly isSent: boolean;
  /** Sends head and body. The body is not touched before: until then another try can have it. */
  send(): void;
  /** Behind a 101: what the client sends from now on. */
  tunnel(bytes: BodySource): void;
  /** Ends it where it is: nobody wants the response, or there is none. */
  abandon(reason: LoomError): void;
}

/** What a pool has at the moment. */
export interface PoolFigures {
  /** Connections without requests. */
  readonly idle: number;
  /** Connections with requests, and those that are being made. */
  readonly busy: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
}

/** The connections of one worker to one endpoint. */
export interface EndpointPool {
  /** Nobody has a connection here or waits for one. */
  readonly isEmpty: boolean;
  readonly figures: PoolFigures;
  /** `maxBodyBytes` 0: no limit. Throws LoomError `upstream-overloaded` where too many wait already. */
  begin(outgoing: Outgoing, maxBodyBytes: number, receiver: Receiver): UpstreamRequest;
  /** Called now and then: closes what has been idle for too long. */
  sweep(now: number): void;
  /** Called often where connections are limited: gives one up that others wait for, and takes what others have given up. */
  share(): void;
  /** Makes idle connections until there are so many, idle and in use. */
  warm(connections: number): void;
  /** Nobody will ask for another: each connection is closed behind the requests that are on it. */
  drain(): void;
  /** It is empty, and nobody will use it again. */
  leave(): void;
  destroy(): void;
}
