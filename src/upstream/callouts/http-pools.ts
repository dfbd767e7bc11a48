import { Pool } from 'undici';

/** Less than the 60 s after which common servers close idle connections. */
const keepAliveMs = 55_000;
const unusedMs = 120_000;
/** To one origin; calls beyond it wait for a connection, as long as their timeouts let them. */
const maxConnections = 1024;

/** A call that wants a connection. */
export interface Waiter {
  /** It does not want it any more. */
  readonly over: boolean;
  begin(pool: Pool): void;
}

interface Held {
  readonly pool: Pool;
  readonly waiting: Waiter[];
  active: number;
  usedAt: number;
}

/** The HTTP/1.1 connections for the calls of plugins, apart from those of requests: a slow callee holds back nobody else. */
export class HttpPools {
  readonly #held = new Map<string, Held>();
  readonly #sweeper: NodeJS.Timeout;
  #now = performance.now();

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(), 10_000);
    this.#sweeper.unref();
  }

  /**
   * Lets a call begin, at once or when another has left. `origin` such as `http://10.0.0.1:8080`. A queue of its own, because
   * undici cannot forget what waits in its, and closes a connection for each. After `begin`, one `leave` with the same origin must follow.
   */
  enter(origin: string, connectTimeoutMs: number, waiter: Waiter): void {
    const held = this.#get(origin, connectTimeoutMs);
    held.usedAt = this.#now;
    if (held.active >= maxConnections) held.waiting.push(waiter);
    else {
      held.active++;
      waiter.begin(held.pool);
    }
  }

  leave(origin: string, connectTimeoutMs: number): void {
    const held = this.#get(origin, connectTimeoutMs);
    held.active--;
    // Not at once: whoever ends all calls of a plugin must not start those that it is about to end.
    if (held.waiting.length > 0 && held.active === maxConnections - 1) setImmediate(() => admit(held));
  }

  #get(origin: string, connectTimeoutMs: number): Held {
    const key = `${connectTimeoutMs} ${origin}`;
    let held = this.#held.get(key);
    if (!held) {
      const pool = new Pool(origin, {
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: keepAliveMs,
        connect: { timeout: connectTimeoutMs },
        maxHeaderSize: 256 * 1024,
      });
      this.#held.set(key, (held = { pool, waiting: [], active: 0, usedAt: 0 }));
    }
    return held;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.allSettled([...this.#held.values()].map(({ pool }) => pool.destroy()));
  }

  #sweep(): void {
    this.#now = performance.now();
    for (const [key, { pool, active, usedAt }] of this.#held) {
      if (this.#now - usedAt < unusedMs || active > 0) continue;
      this.#held.delete(key);
      void pool.close();
    }
  }
}

function admit(held: Held): void {
  while (held.active < maxConnections) {
    const next = held.waiting.shift();
    if (!next) return;
    if (next.over) continue;
    held.active++;
    next.begin(held.pool);
  }
}
