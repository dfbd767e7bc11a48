import type { OnReadOpts, Socket } from 'node:net';
import { LoomError } from '../../src/errors.ts';
import type { ResponseHead } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { readBuffer } from '../../src/http/http1/accept.ts';
import { ClientConnection } from '../../src/upstream/http1/client-connection.ts';
import { RequestSender } from '../../src/upstream/http1/request-sender.ts';
import type { Outgoing, Receiver } from '../../src/upstream/request.ts';
import { Transport } from '../../src/upstream/transport.ts';
import { ignore } from '../http/world.ts';
import { PlayedSocket } from './played-socket.ts';
import type { Message, Reading } from './reading.ts';

/** Connections that are played, read into the buffer that real ones read into. */
class PlayedTransport extends Transport {
  readonly played = new PlayedSocket();
  #onread: OnReadOpts | undefined;

  override connect(_host: string, _port: number, onread?: OnReadOpts): Socket {
    this.#onread = onread;
    return this.played.socket;
  }

  feed(piece: Buffer): void {
    if (this.played.destroyed) return;
    piece.copy(readBuffer);
    // Whoever asks for a pause here would wait for ever.
    if (!this.#onread?.callback(piece.length, readBuffer)) throw new Error('nothing in this test pauses');
  }
}

const settings = { connectTimeoutMs: 0 };

function outgoing(method: string): Outgoing {
  const headers = new HeaderList();
  const request = { method, scheme: 'http' as const, authority: 'a', path: '/', query: '', headers };
  return { request, requestBody: undefined, upgrade: undefined, requestBytes: 0 };
}

/** What a connection to an upstream makes of these pieces as the response to one request. `ended`: it closes behind them. */
export function readResponse(pieces: readonly Buffer[], method: string, ended: boolean): Reading {
  const messages: Message[] = [];
  let why = '';
  let over = false;
  const begin = (head: ResponseHead): Message => {
    const message: Message = {
      method: '',
      target: '',
      status: head.status,
      fields: [...head.headers.flat],
      body: '',
      trailers: [],
      whole: false,
      upgrade: head.status === 101,
    };
    messages.push(message);
    return message;
  };
  const failed = (error: Error): void => {
    // What comes behind the response is nobody's.
    if (why === '' && !over) why = `${(error as LoomError).code}: ${error.message}`;
  };
  const receiver: Receiver = {
    dialled: ignore,
    connected: ignore,
    sent: ignore,
    progressed: ignore,
    informed: (head) => (begin(head).whole = true),
    answered: (head, body) => {
      const message = begin(head);
      if (body === undefined) return;
      if (Buffer.isBuffer(body)) {
        message.body = body.latin1Slice();
        return;
      }
      body.start({
        data: (piece) => {
          message.body += piece.latin1Slice();
          return true;
        },
        end: (trailers) => (message.trailers = trailers ? [...trailers.flat] : []),
        fail: failed,
      });
    },
    completed: () => {
      (messages.at(-1) as Message).whole = true;
      over = true;
    },
    failed,
  };
  const transport = new PlayedTransport(settings);
  const connection = new ClientConnection(transport, 'a', 1, { idle: ignore, gone: ignore });
  const sender = new RequestSender(outgoing(method), 0, receiver);
  sender.enter(connection);
  sender.send();
  for (const piece of pieces) transport.feed(piece);
  if (ended && !transport.played.destroyed) transport.played.emit('end');
  if (why !== '') return { messages, end: 'refused', why };
  return { messages, end: over ? 'over' : 'open', why: '' };
}
