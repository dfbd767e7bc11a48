import { LoomError } from '../../errors.ts';
import type { BodySink, BodySource } from '../../http/body.ts';
import type { HeaderList } from '../../http/headers.ts';
import { BodyBuffer } from './body-buffer.ts';
import type { GuestSide } from './guest-side.ts';
import { Outlet } from './outlet.ts';
import type { Way } from './way.ts';

/** A body of at most so many bytes may be all at hand before its head goes on, which then tells its exact length. */
const wholeBytes = 65_536;

/** What a plugin may make of a body that is smaller: its memory is limited, and a callback can append for ever. */
const maxMadeBytes = 16 << 20;

/** What a body callback answers (`FilterDataStatus` of the C++ SDK); anything else is the last. */
const dataAction = { pass: 0, buffer: 1, watermark: 2, drop: 3 } as const;

/**
 * One direction of one exchange on its way through one plugin: reads the body that comes, shows it to the guest piece by
 * piece, and is the body for who comes next. Until somebody reads it, what has passed waits in it; who wants that calls
 * `begin`. A paused reader pauses the source, so without buffering by the guest no more than a piece is in memory.
 */
export class BodyFilter implements BodySource, BodySink {
  /** Set when the whole body has passed before its head. */
  length: number | undefined;
  /** What the guest sees and may hold back. */
  readonly buffer = new BodyBuffer();
  /** Those that came, or that the guest made. */
  trailers: HeaderList | undefined;
  /** The last callback of the body runs: the guest may make trailers. */
  last = false;
  readonly #side: GuestSide;
  readonly #source: BodySource | Buffer;
  readonly #seesBody: boolean;
  readonly #outlet = new Outlet();
  #action: number = dataAction.pass;
  #begun = false;
  /** The source has given all. */
  #ended = false;
  /** All has passed. */
  finished = false;
  /** Nothing is done any more. */
  #over = false;
  #failure: Error | undefined;
  /** The plugin is gone, and the body passes by. */
  #aside = false;
  #lost = false;
  #excess = false;
  /** What the guest put behind what has passed while its callback ran. */
  #injected: { readonly bytes: Buffer; readonly end: boolean }[] | undefined;
  /** Bytes that were injected and have not come out yet. */
  #injecting = 0;

  constructor(source: BodySource | Buffer, side: GuestSide) {
    this.#source = source;
    this.#side = side;
    this.#seesBody = side.way.body(side.guest.callbacks) !== undefined;
    if (!this.#seesBody && !Buffer.isBuffer(source)) this.length = source.length;
  }

  /** The whole body may be awaited before its head goes on. */
  get isSmall(): boolean {
    const { length } = this.#source;
    return this.#seesBody && length !== undefined && (Buffer.isBuffer(this.#source) || length <= wholeBytes);
  }

  /** Neither complete nor given up: the guest may still have a say. */
  get active(): boolean {
    return !this.finished && !this.#over;
  }

  /** Whether the guest may look at the buffer and change it: in its callback, or while it holds it back. */
  get open(): boolean {
    return !this.#over && (this.#side.calling || this.#action !== dataAction.pass);
  }

  /** Reads before anyone wants the result. `alone`: a body made here, which is shown in one piece that is the last. */
  begin(alone = false): void {
    if (this.#begun || this.finished) return;
    this.#begun = true;
    const source = this.#source;
    if (!Buffer.isBuffer(source)) source.start(this);
    else if (!alone) {
      if (source.length > 0) this.data(source);
      this.end();
    } else if (this.#take(source)) {
      this.#ended = true;
      this.#show(true);
    }
  }

  start(sink: BodySink): void {
    this.#outlet.open(sink);
    if (this.#over) {
      if (this.#failure) sink.fail(this.#failure);
    } else if (this.finished) sink.end(this.trailers);
    else if (this.#begun) this.#resumeSource();
    else this.begin();
  }

  resume(): void {
    this.#outlet.resume();
    this.#resumeSource();
  }

  cancel(reason: Error): void {
    if (this.#over) return;
    this.#close();
    if (!this.#ended && !Buffer.isBuffer(this.#source)) this.#source.cancel(reason);
  }

  data(chunk: Buffer): boolean {
    if (!this.active) return true;
    if (this.#aside || !this.#seesBody) this.#outlet.data(chunk);
    else if (this.#take(chunk)) this.#show(false);
    return this.#wants;
  }

  end(trailers?: HeaderList): void {
    if (!this.active) return;
    this.#ended = true;
    this.trailers = trailers;
    const { guest, way } = this.#side;
    if (this.#aside) this.#finish();
    else if (trailers && way.trailers(guest.callbacks)) this.#showTrailers();
    // Without that callback trailers let go what was held back, as in Envoy.
    else if (trailers || !this.#seesBody) this.#release();
    else this.#show(true);
  }

  fail(error: Error): void {
    if (!this.active) return;
    this.#close();
    this.#failure = error;
    if (this.#outlet.sink) this.#outlet.sink.fail(error);
    else this.#side.hold?.settle(error);
  }

  /** proxy_set_buffer_bytes. Beyond all measure nothing is written, and the exchange ends when the callback returns. */
  splice(start: number, size: number, bytes: Buffer): void {
    if (this.buffer.length + bytes.length > this.#mostMade) this.#excess = true;
    else this.buffer.splice(start, size, bytes);
  }

  /** Whether the guest may write so many bytes of JSON into the body; if not, the exchange ends when the callback returns. */
  admitsJson(bytes: number): boolean {
    if (this.buffer.writtenBytes + bytes > this.#mostMade) this.#exceed();
    return !this.#excess;
  }

  get #mostMade(): number {
    return Math.max(this.#side.limit, maxMadeBytes);
  }

  /** proxy_continue_stream, when no callback of this context runs. Not at once: the guest that calls is not to be entered again. */
  continue(): void {
    if (this.#action === dataAction.pass) return;
    queueMicrotask(() => {
      if (this.#over || this.#aside || this.#action === dataAction.pass) return;
      this.#release();
      this.#resumeSource();
    });
  }

  /**
   * Bytes that go on at once, past this plugin and what it holds back; `end`: and nothing after them. Beyond all measure they
   * do not, and the exchange ends.
   */
  inject(bytes: Buffer, end: boolean): void {
    const { sink } = this.#outlet;
    if ((sink ? this.#injecting : this.#outlet.bytes) + bytes.length > this.#mostMade) return this.#exceed();
    if (!sink) return this.#insert(bytes, end);
    this.#injecting += bytes.length;
    // Not within the call of the guest: who comes next may be the same instance.
    if (this.#side.calling) (this.#injected ??= []).push({ bytes, end });
    else queueMicrotask(() => this.#putOut(bytes, end));
  }

  #putOut(bytes: Buffer, end: boolean): void {
    this.#injecting -= bytes.length;
    this.#insert(bytes, end);
  }

  #exceed(): void {
    if (this.#excess) return;
    this.#excess = true;
    // Where a callback of this body runs, its end sees to it.
    if (this.#outlet.sink && !this.#side.calling) queueMicrotask(() => this.active && this.#side.tooLarge());
  }

  /** The plugin is gone and may be done without: the rest passes as it is. False when bytes were lost already. */
  stepAside(): boolean {
    if (this.#lost) return false;
    if (!this.active) return true;
    this.#aside = true;
    // Not at once: within the end of the instance nothing else is to run.
    queueMicrotask(() => {
      if (this.#over) return;
      this.#release();
      this.#resumeSource();
    });
    return true;
  }

  /** The body as one piece; only when `finished`, without trailers, and nobody reads it. */
  whole(): Buffer {
    return this.#outlet.take();
  }

  /** Those that passed before anyone read them. */
  get passedBytes(): number {
    return this.#outlet.bytes;
  }

  /** False, and the end of it, when the guest holds back more than it may. */
  #take(chunk: Buffer): boolean {
    if (this.#action === dataAction.buffer && this.buffer.length + chunk.length > this.#side.limit) {
      this.#side.tooLarge();
      return false;
    }
    this.buffer.append(chunk);
    return true;
  }

  #show(last: boolean): void {
    const { way } = this.#side;
    const before = this.#action === dataAction.pass || this.#action === dataAction.drop;
    this.last = last;
    const action = this.#call(way.body, way.bodyLabel, this.buffer.length, last ? 1 : 0);
    this.last = false;
    if (action < 0) return;
    if (action === dataAction.pass) return this.#release();
    this.#pause(action > dataAction.drop ? dataAction.drop : action);
    if (this.#action === dataAction.drop && before) {
      if (this.buffer.length > 0) this.#lost = true;
      this.buffer.take();
    }
    if (this.#action === dataAction.buffer && this.buffer.length > this.#side.limit) this.#side.tooLarge();
  }

  #showTrailers(): void {
    const { way, stream } = this.#side;
    const count = stream.trailers(way.trailersMap)?.size ?? 0;
    const action = this.#call(way.trailers, way.trailersLabel, count, 0);
    if (action < 0) return;
    if (action === dataAction.pass) this.#release();
    else this.#pause(dataAction.watermark);
  }

  /** What the guest returned, or -1 when there is nothing more to do here. */
  #call(callback: Way['body'], label: string, a: number, b: number): number {
    const { stream } = this.#side;
    const action = this.#side.call(callback, label, a, b);
    if (action < 0 || this.#over) return -1;
    const injected = this.#injected;
    this.#injected = undefined;
    if (injected) for (const { bytes, end } of injected) this.#putOut(bytes, end);
    if (!this.active) return -1;
    if (stream.reply || stream.closing) {
      stream.owner?.answered(stream);
      return -1;
    }
    if (this.#excess) {
      this.#side.tooLarge();
      return -1;
    }
    return action;
  }

  #insert(bytes: Buffer, end: boolean): void {
    if (!this.active) return;
    if (bytes.length > 0) this.#outlet.data(bytes);
    if (!end)
      return this.#side.hold?.until === 'release' && !this.#outlet.sink
        ? this.#side.hold.settle()
        : undefined;
    this.buffer.take();
    this.#action = dataAction.pass;
    const ended = this.#ended;
    this.#ended = true;
    this.#finish();
    if (!ended && !Buffer.isBuffer(this.#source))
      this.#source.cancel(new LoomError('internal', 'a plugin ended the body'));
  }

  #pause(action: number): void {
    this.#action = action;
    this.#side.pause();
  }

  /** Everything held back goes on, and the end with it. */
  #release(): void {
    if (this.#excess) return this.#side.tooLarge();
    this.#action = dataAction.pass;
    this.#side.goOn();
    for (const chunk of this.buffer.take()) {
      this.#outlet.data(chunk);
      if (this.#over) return;
    }
    if (this.#ended) return this.#finish();
    const hold = this.#outlet.sink ? undefined : this.#side.hold;
    if (hold?.until === 'release' || this.#outlet.bytes > wholeBytes) hold?.settle();
  }

  #finish(): void {
    const { stream, way } = this.#side;
    const problem = this.#aside ? undefined : stream.trailerProblemOf(way);
    if (problem !== undefined) return stream.owner?.failed(stream, new Error(problem));
    this.finished = true;
    this.#side.goOn();
    if (this.#outlet.sink) this.#outlet.sink.end(this.trailers);
    else this.#side.hold?.settle();
  }

  get #wants(): boolean {
    if (this.#action === dataAction.watermark && this.buffer.length >= this.#side.limit) return false;
    return this.#outlet.wants(wholeBytes);
  }

  #resumeSource(): void {
    if (!this.#begun || this.#over || this.#ended || Buffer.isBuffer(this.#source) || !this.#wants) return;
    this.#source.resume();
  }

  #close(): void {
    this.#over = true;
    this.#side.goOn();
    this.buffer.take();
    this.#outlet.take();
  }
}
