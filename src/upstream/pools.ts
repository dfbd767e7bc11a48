import { Pool } from 'undici';

/** Idle connections are kept this long, less than the 60 s after which common servers close them. */
const keepAliveMs = 55_000;
/** A pool that nobody has used for this long is closed: its endpoint is gone, or quiet. */
const unusedMs = 120_000;

interface Held {
  readonly pool: Pool;
  usedAt: number;
}

/** The connections of one worker to its upstreams, one pool per origin and connect timeout. */
export class Pools {
  readonly #held = new Map<string, Held>();
  readonly #sweeper: NodeJS.Timeout;
  #now = performance.now();

  constructor() {
    this.#sweeper = setInterval(() => this.#sweep(), 10_000);
    this.#sweeper.unref();
  }

  /** `origin` such as `http://10.0.0.1:8080`; 0 for no connect timeout. */
  get(origin: string, connectTimeoutMs: number): Pool {
    const key = `${connectTimeoutMs} ${origin}`;
    let held = this.#held.get(key);
    if (!held) {
      const pool = new Pool(origin, {
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: keepAliveMs,
        connect: { timeout: connectTimeoutMs },
        // Heads larger than this are a fault of the upstream (502).
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
      if (this.#now - usedAt < unusedMs || pool.stats.running > 0) continue;
      this.#held.delete(key);
      void pool.close();
    }
  }
}
