import { Worker } from 'node:worker_threads';

/** Work for test/wasm/shared/thread.ts. `worker` is the number of the data worker that it plays. */
export type Job =
  /** That many increments of the decimal number under `key`, each by compare and swap; answers how often it had to repeat one. */
  | {
      readonly type: 'increment';
      readonly data: SharedArrayBuffer;
      readonly worker: number;
      readonly key: string;
      readonly times: number;
    }
  /** Writes values of many lengths under `keys` keys for ever; answers when it has begun. */
  | {
      readonly type: 'churn';
      readonly data: SharedArrayBuffer;
      readonly worker: number;
      readonly keys: number;
    }
  /** Locks the heap under the data, takes blocks from its lists and does not go on; answers when it has. */
  | { readonly type: 'hold'; readonly data: SharedArrayBuffer; readonly worker: number }
  /** That many increments in turn of counters `name 0` to `name N`, each defined anew; answers when all are done. */
  | {
      readonly type: 'count';
      readonly metrics: SharedArrayBuffer;
      readonly worker: number;
      readonly names: number;
      readonly times: number;
    }
  /** Defines new counters until there is no room; answers when it has begun. */
  | { readonly type: 'define'; readonly metrics: SharedArrayBuffer; readonly worker: number }
  /** Moves that many messages from one queue to another; answers when all are moved. */
  | {
      readonly type: 'echo';
      readonly queues: SharedArrayBuffer;
      readonly worker: number;
      readonly from: number;
      readonly to: number;
      readonly messages: number;
    }
  /** Adds messages of 1 to 3000 bytes, each byte the length, and takes some, for ever; answers when it has begun. */
  | {
      readonly type: 'fill';
      readonly queues: SharedArrayBuffer;
      readonly worker: number;
      readonly id: number;
    };

const threads: Worker[] = [];

/** A thread that does the job; resolves with its first answer. */
export async function inThread(job: Job): Promise<{ readonly answer: number; end(): Promise<unknown> }> {
  const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: job });
  threads.push(thread);
  const answer = await new Promise<number>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  return { answer, end: () => thread.terminate() };
}

/** For `afterEach`. */
export const endThreads = async (): Promise<unknown> =>
  Promise.all(threads.splice(0).map((thread) => thread.terminate()));
