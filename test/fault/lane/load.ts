import type { Ask, Seen } from './clients.ts';

/** Clients that ask again and again, each as soon as it has its answer. */
export class Load {
  readonly #ask: Ask;
  readonly #path: string;
  readonly #isGood: (seen: Seen) => boolean;
  #began = performance.now();
  #running = true;
  readonly #clients: Promise<unknown>;
  /** Since `mark`, in milliseconds: when each was asked for, and of those that were no answers what came instead. */
  answers: number[] = [];
  failures: { readonly at: number; readonly what: string }[] = [];

  constructor(ask: Ask, path: string, clients: number, isGood: (seen: Seen) => boolean) {
    this.#ask = ask;
    this.#path = path;
    this.#isGood = isGood;
    this.#clients = Promise.all(Array.from({ length: clients }, () => this.#client()));
  }

  /** Counts from now on. */
  mark(): void {
    this.#began = performance.now();
    this.answers = [];
    this.failures = [];
  }

  /** Milliseconds since `mark`. */
  get now(): number {
    return performance.now() - this.#began;
  }

  /** Answers to what was asked behind the first so many milliseconds, and how many of them were failures. */
  since(ms: number): { readonly all: number; readonly failed: number } {
    return {
      all: this.answers.filter((at) => at >= ms).length,
      failed: this.failures.filter(({ at }) => at >= ms).length,
    };
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#clients;
  }

  async #client(): Promise<void> {
    while (this.#running) {
      const asked = performance.now();
      const seen = await this.#ask(this.#path);
      const at = asked - this.#began;
      this.answers.push(at);
      if (!this.#isGood(seen))
        this.failures.push({ at, what: `${seen.status} ${seen.code} ${seen.grpcStatus}` });
    }
  }
}
