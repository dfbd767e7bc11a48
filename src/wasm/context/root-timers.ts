import type { RootContext } from './context.ts';

/** What timers of Node can wait; more would be taken as 1 ms. */
const longestMs = 2 ** 31 - 1;

interface Timer {
  periodMs: number;
  handle: NodeJS.Timeout;
}

/** The timers of the root contexts of one instance (proxy-wasm spec 0.2.1, `proxy_set_tick_period_milliseconds`). */
export class RootTimers {
  readonly #tick: (root: RootContext) => void;
  readonly #timers = new Map<RootContext, Timer>();

  /** `tick` is called on the event loop and must not throw. */
  constructor(tick: (root: RootContext) => void) {
    this.#tick = tick;
  }

  /**
   * 0 stops. The period goes from the end of a tick, or from now where it is another than before; asking again for the same
   * changes nothing, so a plugin may ask at every request.
   */
  set(root: RootContext, periodMs: number): void {
    const timer = this.#timers.get(root);
    if (timer?.periodMs === periodMs) return;
    this.stop(root);
    if (periodMs > 0) this.#timers.set(root, this.#start(root, periodMs));
  }

  stop(root: RootContext): void {
    clearTimeout(this.#timers.get(root)?.handle);
    this.#timers.delete(root);
  }

  stopAll(): void {
    for (const root of this.#timers.keys()) this.stop(root);
  }

  #start(root: RootContext, periodMs: number): Timer {
    const waitMs = Math.min(periodMs, longestMs);
    const fire = (): void => {
      this.#tick(root);
      // The tick may have stopped it, or have set another.
      if (this.#timers.get(root) === timer) timer.handle = setTimeout(fire, waitMs).unref();
    };
    const timer: Timer = { periodMs, handle: setTimeout(fire, waitMs).unref() };
    return timer;
  }
}
