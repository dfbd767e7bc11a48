import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** What clients have seen. */
interface Seen {
  readonly answers: number;
  /** Other statuses than 200, and connections that broke, with how often. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Clients that ask one after the other until they are stopped. */
export interface Load {
  seen(): Seen;
  stop(): Promise<Seen>;
}

/**
 * Clients of `url` that never rest for long: half of them keep their connection for as long as the server does, half make one for
 * each request. Nothing is tried again.
 */
export function startLoad(url: string, headers: Readonly<Record<string, string>>, clients = 8): Load {
  let answers = 0;
  const stopping = new AbortController();
  const errors: Record<string, number> = {};
  const count = (error: string): void => void (errors[error] = (errors[error] ?? 0) + 1);
  const client = async (keeps: boolean): Promise<void> => {
    const agent = new Agent({ connections: 1, pipelining: keeps ? 1 : 0 });
    while (!stopping.signal.aborted) {
      try {
        const { statusCode, body } = await request(url, { dispatcher: agent, headers });
        const text = await body.text();
        if (statusCode === 200) answers++;
        else count(`status ${statusCode}: ${text.trim()}`);
      } catch (error) {
        count(String(error));
      }
      await pause(5);
    }
    await agent.close();
  };
  const all = Promise.all(Array.from({ length: clients }, (_, i) => client(i % 2 === 0)));
  const seen = (): Seen => ({ answers, errors: { ...errors } });
  return {
    seen,
    async stop() {
      stopping.abort();
      await all;
      return seen();
    },
  };
}
