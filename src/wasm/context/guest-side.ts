import { LoomError } from '../../errors.ts';
import type { Guest } from '../guest.ts';
import type { StreamContext } from './context.ts';
import { timeLeft, type Hold } from './hold.ts';
import type { Way } from './way.ts';

export interface FilterSettings {
  /** Bytes of a body that the plugin may hold back. */
  readonly limit: number;
  /** Longest life of the exchange, 0 for none: it ends a pause for which nobody else has a clock. */
  readonly requestMs: number;
  /** Where the time of a callback is counted. */
  readonly duration: (callback: string) => { observe(seconds: number): void };
}

/** The plugin as a body filter sees it: what it is called with, and what it may take. */
export class GuestSide {
  readonly guest: Guest;
  readonly stream: StreamContext;
  readonly way: Way;
  readonly #settings: FilterSettings;
  #timer: NodeJS.Timeout | undefined;

  constructor(guest: Guest, stream: StreamContext, way: Way, settings: FilterSettings) {
    this.guest = guest;
    this.stream = stream;
    this.way = way;
    this.#settings = settings;
  }

  /** The hook that waits for this body. */
  get hold(): Hold | undefined {
    const { hold } = this.stream;
    return hold?.type === this.way.type ? hold : undefined;
  }

  get calling(): boolean {
    return this.stream.calling === this.way.type;
  }

  /** Bytes that the guest may hold back: its plugin's, or those that it asked for. */
  get limit(): number {
    return this.stream.bufferLimits[this.way.type] ?? this.#settings.limit;
  }

  /** One callback: the action that it asks for, 0 when it continued meanwhile, -1 when the instance ended in it. */
  call(callback: Way['body'], label: string, a: number, b: number): number {
    const { guest, stream, way } = this;
    const start = performance.now();
    let action = 0;
    stream.calling = way.type;
    stream.continued = false;
    try {
      action = guest.run(callback(guest.callbacks), stream, a, b);
    } catch (error) {
      stream.calling = -1;
      stream.owner?.failed(stream, error as Error);
      return -1;
    }
    stream.calling = -1;
    this.#settings.duration(label).observe((performance.now() - start) / 1000);
    return stream.continued ? 0 : action;
  }

  /** The guest pauses. A hook that waits has a clock of its own. */
  pause(): void {
    const { requestMs } = this.#settings;
    const { stream } = this;
    if (requestMs === 0 || this.hold || this.#timer) return;
    const late = (): void => stream.giveUp(new LoomError('exchange-timeout', 'a plugin paused the body'));
    this.#timer = setTimeout(late, timeLeft(stream.exchange, requestMs));
  }

  goOn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** It holds back more than it may. */
  tooLarge(): void {
    const code = this.way.type === 0 ? 'body-too-large' : 'response-too-large';
    this.stream.giveUp(new LoomError(code, `a plugin may buffer ${this.limit} bytes`));
  }
}
