import { Agent, get } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** One keep-alive connection to a listener. */
export class Poller {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  readonly #address: string;

  constructor(port: number, address = '127.0.0.1') {
    this.#port = port;
    this.#address = address;
  }

  /** @returns the body of a 200, otherwise nothing */
  ask(host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const to = { port: this.#port, host: this.#address, agent: this.#agent, headers: { host } };
      get(to, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve(response.statusCode === 200 ? body : ''));
      }).on('error', reject);
    });
  }

  /** Asks again after each answer, or after a pause, until it is that one. */
  async until(host: string, wanted: string, pauseMs = 0): Promise<void> {
    while ((await this.ask(host)) !== wanted) if (pauseMs > 0) await setTimeout(pauseMs);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Does a piece of work `count` times, `width` at once. */
export async function inParallel(
  count: number,
  width: number,
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** The value below which that share of all lies, with one digit. */
export function at(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(1);
}
