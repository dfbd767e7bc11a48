import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** What the thread is asked, and by the same number answers. */
export interface BcryptQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface BcryptAnswer {
  readonly id: number;
  readonly isGood: boolean;
}

/** A thread for what takes tens of milliseconds of computing, while requests go on in that of the worker. */
parentPort?.on('message', ({ id, password, hash }: BcryptQuestion) => {
  parentPort?.postMessage({ id, isGood: compareSync(password, hash) } satisfies BcryptAnswer);
});
