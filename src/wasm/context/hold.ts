import { LoomError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';

/** `continue`: the guest goes on. `release`: it lets a first piece of the body pass. `end`: the whole body has passed. */
export type Until = 'continue' | 'release' | 'end';

/**
 * The head of a message that a plugin holds back, and so the hook of its stage that waits. Settled once: by the guest, by
 * the body, by the client that goes, by the end of the instance, or by the time that the rule allows.
 */
export class Hold {
  /** `streamType` of the head. */
  readonly type: number;
  readonly until: Until;
  settled = false;
  error: Error | undefined;
  #settle: (() => void) | undefined;

  constructor(type: number, until: Until) {
    this.type = type;
    this.until = until;
  }

  settle(error?: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.error = error;
    this.#settle?.();
  }

  /** Resolves when settled, rejects with its error. `requestMs`: longest life of the exchange, 0 for no limit. */
  async wait(exchange: Exchange, requestMs: number, who: string): Promise<void> {
    if (!this.settled) {
      const settled = new Promise<void>((resolve) => (this.#settle = resolve));
      const forget = exchange.whenAborted((reason) => this.settle(reason));
      const late = (): void => this.settle(new LoomError('exchange-timeout', `${who} paused it`));
      const timer = requestMs > 0 ? setTimeout(late, timeLeft(exchange, requestMs)) : undefined;
      await settled;
      forget();
      clearTimeout(timer);
    }
    if (this.error) throw this.error;
  }
}

/** Milliseconds until an exchange is as old as its rule allows. */
export const timeLeft = (exchange: Exchange, requestMs: number): number =>
  Math.max(0, exchange.startedAt + requestMs - performance.now());
