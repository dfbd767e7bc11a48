import { Pool } from 'undici';

/** Less than the 60 s after which common servers close idle connections. */
const keepAliveMs = 55_000;
const unusedMs = 120_000;
/** To one origin; calls beyond it wait for a connection, as long as their timeouts let them. */
const maxConnections = 1024;

interface Held {
  readonly pool: Pool;
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

  /** `origin` such as `http://10.0.0.1:8080`. */
  get(origin: string, connectTimeoutMs: number): Pool {
    const key = `${connectTimeoutMs} ${origin}`;
    let held = this.#held.get(key);
    if (!held) {
      const pool = new Pool(origin, {
        connections: maxConnections,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: keepAliveMs,
        connect: { timeout: connectTimeoutMs },
        maxHeaderSize: 256 * 1024,
      });
      this.#held.set(key, (held = { pool, usedAt: 0 }));
    }
    held.usedAt = this.#now;
    return held.pool;
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.allSettled([...this.#held.values()].map(({ pool }) => pool.destroy()));
  }

  #sweep(): void {
    this.#now = performance.now();
    for (const [key, { pool, usedAt }] of this.#held) {
      if (this.#now - usedAt < unusedMs || pool.stats.running > 0 || pool.stats.queued > 0) continue;
      this.#held.delete(key);
      void pool.close();
    }
  }
}
