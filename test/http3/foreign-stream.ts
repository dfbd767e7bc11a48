import { once } from 'node:events';
import { Duplex } from 'node:stream';

type Fields = readonly (readonly [string, string])[];

/** What a client says of a stream, by the id of the command that has opened it. */
export interface StreamEvent {
  readonly event: number;
  readonly fields?: Fields;
  /** Base64. */
  readonly data?: string;
  readonly end?: boolean;
  /** `reset 0x10c`, `terminated 0x101` */
  readonly failure?: string;
}

/** A request of a client that others wrote: what is written is its body, what is read that of the response. */
export class ForeignStream extends Duplex {
  /** The head of the response, then its trailers. */
  readonly sections: Readonly<Record<string, string>>[] = [];
  readonly #say: (command: object) => Promise<unknown>;

  constructor(say: (command: object) => Promise<unknown>) {
    super();
    this.#say = say;
  }

  /** The head of the response. */
  async head(): Promise<Readonly<Record<string, string>>> {
    if (this.sections.length === 0) await once(this, 'fields');
    return this.sections[0] as Readonly<Record<string, string>>;
  }

  /** Of the client. */
  tell({ fields, data, end, failure }: StreamEvent): void {
    if (failure !== undefined) return void this.destroy(new Error(failure));
    if (fields) {
      this.sections.push(Object.fromEntries(fields));
      this.emit('fields');
    }
    if (data !== undefined && data !== '') this.push(Buffer.from(data, 'base64'));
    if (end) this.push(null);
  }

  /** Gives up what it sends. */
  async reset(code: number): Promise<void> {
    await this.#say({ op: 'reset', code });
  }

  override _read(): void {
    // What comes is pushed.
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error) => void): void {
    void this.#send(piece, false).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    void this.#send(Buffer.alloc(0), true).then(() => done(), done);
  }

  async #send(piece: Buffer, end: boolean): Promise<void> {
    const answer = await this.#say({ op: 'send', data: piece.toString('base64'), end });
    const { failure } = answer as { failure?: string };
    if (failure !== undefined) throw new Error(failure);
  }
}
