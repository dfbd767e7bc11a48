import type { LoomError } from '../../src/errors.ts';
import type { DownstreamParts } from '../../src/http/downstream.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { ServerConnection } from '../../src/http/http1/server-connection.ts';
import { ignore, limits } from '../http/world.ts';
import { PlayedSocket } from './played-socket.ts';
import type { Message, Reading } from './reading.ts';

interface LoomMessage extends Message {
  readonly authority: string;
}

export interface LoomReading extends Reading {
  readonly messages: readonly LoomMessage[];
}

/** What a connection of a client makes of these pieces, each read alone; every request is answered with 200. */
export function readRequests(pieces: readonly Buffer[]): LoomReading {
  const messages: LoomMessage[] = [];
  let why = '';
  let http2 = false;
  const handle = (exchange: Exchange): void => {
    const respond = (): void =>
      exchange.wire.respond({ status: 200, headers: new HeaderList() }, undefined, ignore);
    const { refusal, request, requestBody } = exchange;
    if (refusal) {
      why = `${refusal.code}: ${refusal.message}`;
      return respond();
    }
    const message: LoomMessage = {
      method: request.method,
      authority: request.authority,
      target: request.query === '' ? request.path : `${request.path}?${request.query}`,
      status: 0,
      fields: [...request.headers.flat],
      body: '',
      trailers: [],
      whole: requestBody === undefined,
      upgrade: exchange.upgrade !== undefined,
    };
    messages.push(message);
    if (!requestBody) return respond();
    requestBody.start({
      data: (piece) => {
        message.body += piece.latin1Slice();
        return true;
      },
      end: (trailers) => {
        message.whole = true;
        message.trailers = trailers ? [...trailers.flat] : [];
        respond();
      },
      fail: (error) => {
        why = `${(error as LoomError).code}: ${error.message}`;
        exchange.wire.reset(error);
      },
    });
  };
  let closed = false;
  const parts: DownstreamParts = {
    listener: 'fuzz',
    scheme: 'http',
    limits,
    draining: () => false,
    handle,
    closed: () => (closed = true),
    abused: ignore,
    http2: () => (http2 = true),
  };
  const played = new PlayedSocket();
  const ended = { is: false };
  played.end = () => {
    ended.is = true;
    return played;
  };
  const connection = new ServerConnection(played.socket, parts, 0);
  for (const piece of pieces) played.feed(piece);
  if (why !== '') return { messages, end: 'refused', why };
  if (http2) return { messages, end: 'over', why: 'http2' };
  const over = closed || ended.is || played.destroyed;
  connection.destroy();
  return { messages, end: over ? 'over' : 'open', why: '' };
}
