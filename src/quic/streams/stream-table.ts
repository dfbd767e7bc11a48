import { IdMap } from '../../structures/id-map.ts';
import { transportCodes, TransportError } from '../errors.ts';
import { SendCredit, ReceiveWindow } from './flow-control.ts';
import { ReceiveStream } from './receive-stream.ts';
import { SendStream } from './send-stream.ts';
import { Stream } from './stream.ts';

export interface StreamLimits {
  /** Streams that the client may have at once: of both directions, and of its own only. */
  readonly bidi: number;
  readonly uni: number;
  /** Bytes that may wait to be read: of one stream, and of all. */
  readonly streamWindow: number;
  readonly connectionWindow: number;
}

/** What streams want to be sent, and who they are for. */
export interface StreamEvents {
  opened(stream: Stream): void;
  /** The stream has something to send. */
  ready(stream: Stream): void;
  maxData(limit: number): void;
  maxStreamData(stream: Stream, limit: number): void;
  maxStreams(isUni: boolean, limit: number): void;
  resetStream(stream: SendStream, code: number, finalSize: number): void;
  stopSending(stream: Stream, code: number): void;
}

interface PeerLimits {
  readonly maxData: number;
  /** Of streams that the client opens, of those that the server opens, and of unidirectional ones. */
  readonly maxStreamDataBidiLocal: number;
  readonly maxStreamDataUni: number;
  readonly maxStreamsUni: number;
}

/** Streams of one kind that the peer opens (RFC 9000 section 4.6). */
interface Opened {
  count: number;
  limit: number;
  closed: number;
  readonly most: number;
}

const stateError = (reason: string): TransportError => new TransportError(transportCodes.streamState, reason);

/** The streams of a connection, on the server's side (RFC 9000 sections 2 to 4). */
export class StreamTable {
  readonly credit = new SendCredit();
  readonly #window: ReceiveWindow;
  readonly #limits: StreamLimits;
  readonly #events: StreamEvents;
  readonly #streams = new IdMap<Stream>();
  readonly #bidi: Opened;
  readonly #uni: Opened;
  #peer: PeerLimits = { maxData: 0, maxStreamDataBidiLocal: 0, maxStreamDataUni: 0, maxStreamsUni: 0 };
  #ownUni = 0;
  #maxOwnUni = 0;

  constructor(limits: StreamLimits, events: StreamEvents) {
    this.#limits = limits;
    this.#events = events;
    this.#window = new ReceiveWindow(limits.connectionWindow);
    this.#bidi = { count: 0, limit: limits.bidi, closed: 0, most: limits.bidi };
    this.#uni = { count: 0, limit: limits.uni, closed: 0, most: limits.uni };
  }

  /** Before the first stream. */
  setPeerLimits(peer: PeerLimits): void {
    this.#peer = peer;
    this.#maxOwnUni = peer.maxStreamsUni;
    this.credit.raise(peer.maxData);
  }

  /** A stream that only we send on; undefined when the peer takes no more of them. */
  openUni(): Stream | undefined {
    if (this.#ownUni >= this.#maxOwnUni) return undefined;
    return this.#add(4 * this.#ownUni++ + 3);
  }

  /** MAX_DATA */
  raiseCredit(limit: number): void {
    if (!this.credit.raise(limit)) return;
    for (const stream of this.#streams.values())
      if (stream.sending?.hasSomething(this.credit.left)) this.#events.ready(stream);
  }

  raiseOwnStreams(isUni: boolean, limit: number): void {
    if (isUni) this.#maxOwnUni = Math.max(this.#maxOwnUni, limit);
  }

  receive(id: number, offset: number, bytes: Buffer, fin: boolean): void {
    this.#receiving(id)?.receive(offset, bytes, fin);
  }

  receiveReset(id: number, code: number, finalSize: number): void {
    this.#receiving(id)?.receiveReset(code, finalSize);
  }

  receiveStop(id: number, code: number): void {
    const stream = this.#sending(id);
    if (!stream?.sending || stream.sending.isReset || stream.sending.isClosed) return;
    stream.sending.reset(code);
    stream.listener?.stopped(code);
  }

  receiveMaxStreamData(id: number, limit: number): void {
    this.#sending(id)?.sending?.raiseLimit(limit);
  }

  /** The connection is over. */
  close(): void {
    const all = this.#streams.values();
    this.#streams.clear();
    for (const { listener } of all) listener?.closed();
  }

  /** Undefined for a stream that is over. */
  #receiving(id: number): ReceiveStream | undefined {
    if ((id & 3) === 3 || (id & 3) === 1) throw stateError(`data on stream ${id} of the server`);
    return this.#find(id)?.receiving;
  }

  #sending(id: number): Stream | undefined {
    if ((id & 3) === 2) throw stateError(`stream ${id} is only the client's`);
    if ((id & 3) === 1 || ((id & 3) === 3 && Math.floor(id / 4) >= this.#ownUni))
      throw stateError(`stream ${id} has not been opened`);
    return this.#find(id);
  }

  #find(id: number): Stream | undefined {
    const known = this.#streams.get(id);
    if (known || (id & 1) !== 0) return known;
    const opened = id & 2 ? this.#uni : this.#bidi;
    const number = Math.floor(id / 4);
    if (number < opened.count) return undefined;
    if (number >= opened.limit)
      throw new TransportError(transportCodes.streamLimit, `stream ${id} is one too many`);
    // A stream opens all of its kind that come before it.
    let stream: Stream | undefined;
    while (opened.count <= number) {
      stream = this.#add(4 * opened.count++ + (id & 2));
      this.#events.opened(stream);
    }
    return stream;
  }

  #add(id: number): Stream {
    const events = this.#events;
    const isOwn = (id & 1) !== 0;
    const isUni = (id & 2) !== 0;
    const closed = (): void => this.#closed(stream);
    const sending =
      isOwn || !isUni
        ? new SendStream(id, isUni ? this.#peer.maxStreamDataUni : this.#peer.maxStreamDataBidiLocal, {
            ready: () => events.ready(stream),
            drained: () => stream.listener?.drained(),
            reset: (code, finalSize) => events.resetStream(stream.sending as SendStream, code, finalSize),
            closed,
          })
        : undefined;
    const receiving = isOwn
      ? undefined
      : new ReceiveStream(this.#limits.streamWindow, this.#window, () => events.maxData(this.#window.limit), {
          readable: () => stream.listener?.readable(),
          reset: (code) => stream.listener?.peerReset(code),
          widened: (limit) => events.maxStreamData(stream, limit),
          stop: (code) => events.stopSending(stream, code),
          closed,
        });
    const stream: Stream = new Stream(id, sending, receiving);
    this.#streams.set(id, stream);
    return stream;
  }

  #closed(stream: Stream): void {
    if (!stream.isClosed || !this.#streams.delete(stream.id)) return;
    stream.listener?.closed();
    if ((stream.id & 1) !== 0) return;
    const opened = stream.isUni ? this.#uni : this.#bidi;
    opened.closed++;
    // Told in steps, so that it costs little, and early, so that a busy client need not wait.
    const limit = opened.closed + opened.most;
    if (limit - opened.limit < Math.max(1, opened.most / 4)) return;
    opened.limit = limit;
    this.#events.maxStreams(stream.isUni, limit);
  }
}
