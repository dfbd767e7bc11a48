import type { SharedBuckets } from '../../middleware/rate-limit/shared-buckets.ts';
import type { RedisServer } from '../../model/settings.ts';
import { bucketScript } from './bucket-script.ts';
import { RedisLink } from './redis-link.ts';

type Waiter = (out: number | undefined) => void;

/** The requests of this worker for one bucket: those that Redis is being asked for, and those who came meanwhile. */
interface Flight {
  asked: Waiter[];
  waiting: Waiter[];
  /** `performance.now()` when the first of `waiting` came. */
  since: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Token buckets in Redis. A key has one call on its way at a time; requests that come meanwhile go together in the next one. That
 * loses no exactness, and a bucket that many ask for costs no more calls than there are round trips.
 */
export class RedisBuckets implements SharedBuckets {
  readonly #links: readonly RedisLink[];
  readonly #timeoutMs: number;
  readonly #flights = new Map<string, Flight>();

  /** A bucket lies in one of the servers, chosen by its key. `timeoutMs`: longest that a request waits. */
  constructor(
    servers: readonly RedisServer[],
    timeoutMs: number,
    changed: (server: RedisServer, problem: string | undefined) => void,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#links = servers.map(
      (server) => new RedisLink(server, bucketScript, (problem) => changed(server, problem)),
    );
  }

  take(key: string, interval: number, capacity: number): Promise<number | undefined> | undefined {
    const link = this.#linkOf(key);
    if (!link.up) return undefined;
    return new Promise((resolve) => {
      let flight = this.#flights.get(key);
      if (flight) {
        if (flight.waiting.length === 0) flight.since = performance.now();
        flight.waiting.push(resolve);
        return;
      }
      flight = { asked: [resolve], waiting: [], since: 0, timer: undefined };
      this.#flights.set(key, flight);
      this.#ask(link, key, interval, capacity, flight, this.#timeoutMs);
    });
  }

  giveBack(key: string, interval: number, capacity: number): void {
    const link = this.#linkOf(key);
    if (link.up) link.run(wordsOf(key, interval, capacity, -1), () => undefined);
  }

  close(): void {
    for (const link of this.#links) link.close();
  }

  #linkOf(key: string): RedisLink {
    const { length } = this.#links;
    const at =
      length === 1 ? 0 : (key.charCodeAt(key.length - 1) * 64 + key.charCodeAt(key.length - 2)) % length;
    return this.#links[at] as RedisLink;
  }

  #ask(
    link: RedisLink,
    key: string,
    interval: number,
    capacity: number,
    flight: Flight,
    withinMs: number,
  ): void {
    // After what has arrived already: a worker that was busy must not blame Redis.
    flight.timer = setTimeout(
      () => setImmediate(() => flight.timer && link.fail('no answer in time')),
      withinMs,
    );
    link.run(wordsOf(key, interval, capacity, flight.asked.length), (reply) => {
      clearTimeout(flight.timer);
      flight.timer = undefined;
      const { asked, waiting } = flight;
      answer(asked, reply, interval, capacity);
      // What the map has held may live for longer than it is in it (`LiveSet` tells why); who asked must not.
      asked.length = 0;
      if (waiting.length === 0 || !link.up) {
        this.#flights.delete(key);
        for (const waiter of waiting) waiter(undefined);
        return;
      }
      flight.asked = waiting;
      flight.waiting = [];
      const leftMs = this.#timeoutMs - (performance.now() - flight.since);
      this.#ask(link, key, interval, capacity, flight, Math.max(leftMs, 1));
    });
  }
}

/** Microseconds are what the clock of Redis counts. */
const wordsOf = (key: string, interval: number, capacity: number, wanted: number): readonly string[] => [
  '1',
  key,
  String(interval / 1000),
  String(capacity / 1000),
  String(wanted),
];

function answer(
  waiters: readonly Waiter[],
  reply: Buffer | undefined,
  interval: number,
  capacity: number,
): void {
  const [, taken, micros] = /^\*2\r\n:(\d+)\r\n\$\d+\r\n(\d+)\r\n$/.exec(reply?.latin1Slice() ?? '') ?? [];
  const out = Number(micros) * 1000;
  for (const [i, waiter] of waiters.entries()) {
    if (taken === undefined) waiter(undefined);
    else waiter(i < Number(taken) ? out : Math.min(-1, capacity - out - interval));
  }
}
