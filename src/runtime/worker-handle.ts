import { Worker } from 'node:worker_threads';
import type { MetricJson } from '../telemetry/series.ts';
import { type Letter, Outbox } from './mailbox.ts';
import type { Diagnostic, FromWorker, ToWorker, WorkerData } from './messages.ts';

/**
 * Requests leave short-lived objects only. V8's default lets them pile up to three times this before it looks, which costs
 * 60 MiB per worker and was not measurably faster.
 */
const maxYoungGenerationSizeMb = 16;

/** How long a worker may take to answer a question. */
const answerTimeoutMs = 2000;

export interface WorkerEvents {
  /** The worker serves that revision. */
  applied(worker: WorkerHandle, message: Extract<FromWorker, { type: 'applied' }>): void;
  /** Its diagnostics are others now. */
  diagnosed(): void;
  /** The worker is gone; `error` when nobody asked it to go. */
  ended(worker: WorkerHandle, error: Error | undefined): void;
}

/** One data worker, as the control thread sees it. */
export class WorkerHandle {
  readonly number: number;
  /** Resolves when every listener is bound, with the first revision; rejects when one cannot be, with a reason for people. */
  readonly listening: Promise<void>;
  /** Resolves when the worker has no open exchange after `drain('stop')`, or is gone. */
  readonly drained: Promise<void>;
  /** What became of `listening`. */
  bound = false;
  unbindable = false;
  applied = 0;
  diagnostics: readonly Diagnostic[] = [];
  /** The last metrics it gave; stay when it is gone. */
  metrics: readonly MetricJson[] = [];
  readonly #worker: Worker;
  readonly #outbox = new Outbox();
  /** Questions by their ids; they end with what was answered, or without. */
  readonly #asked = new Map<number, (text?: string) => void>();
  #nextId = 1;
  #closing = false;

  constructor(entry: URL | string, data: Omit<WorkerData, 'mailbox'>, events: WorkerEvents) {
    const { mailbox } = this.#outbox;
    this.number = data.worker;
    const listening = Promise.withResolvers<void>();
    const drained = Promise.withResolvers<void>();
    this.listening = listening.promise;
    this.drained = drained.promise;
    listening.promise.catch(() => {});
    this.#worker = new Worker(entry, {
      eval: typeof entry === 'string',
      workerData: { ...data, mailbox },
      transferList: [mailbox.port],
      name: `loom-worker-${data.worker}`,
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    let failure: Error | undefined;
    this.#worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'listening':
          this.bound = true;
          return listening.resolve();
        case 'bind-failed':
          this.unbindable = true;
          return listening.reject(new Error(message.message));
        case 'applied':
          this.applied = message.revision;
          this.diagnostics = message.diagnostics;
          return events.applied(this, message);
        case 'diagnosed':
          this.diagnostics = message.diagnostics;
          return events.diagnosed();
        case 'collected':
          this.metrics = message.metrics as readonly MetricJson[];
          return this.#asked.get(message.id)?.();
        case 'recalled':
          return this.#asked.get(message.id)?.(message.text);
        case 'drained':
          return drained.resolve();
        case 'closed':
          return void this.#worker.terminate();
      }
    });
    this.#worker.on('error', (error) => (failure = error as Error));
    this.#worker.on('exit', (code) => {
      this.#outbox.close();
      const reason = failure ?? new Error(`the worker ended with code ${code}`);
      listening.reject(reason);
      drained.resolve();
      for (const done of this.#asked.values()) done();
      events.ended(this, this.#closing ? undefined : reason);
    });
  }

  /** For when the worker looks, which may be when it is told to. */
  post(letter: Letter): void {
    this.#outbox.post(letter);
  }

  get hasUnread(): boolean {
    return this.#outbox.hasUnread;
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Asks for fresh metrics; a worker that does not answer in time keeps its last ones. */
  async collect(): Promise<readonly MetricJson[]> {
    await this.#ask('collect');
    return this.metrics;
  }

  /** The last lines of its log, in JSON; none where it does not answer in time. */
  recall(): Promise<string> {
    return this.#ask('recall');
  }

  /** Resolves with the text of its answer, which is empty for metrics, where it is gone, and where it does not answer in time. */
  async #ask(type: 'collect' | 'recall'): Promise<string> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<string>();
    const done = (text = ''): void => resolve(text);
    const timer = setTimeout(done, answerTimeoutMs);
    this.#asked.set(id, done);
    this.send({ type, id });
    const text = await promise;
    clearTimeout(timer);
    this.#asked.delete(id);
    return text;
  }

  /** Of its own heap, in bytes. */
  heap(): Promise<object> {
    return this.#worker.getHeapStatistics();
  }

  /** Ends the thread; for tests and for a worker that hangs. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  async close(): Promise<void> {
    this.#closing = true;
    const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.send({ type: 'close' });
    await exited;
  }
}
