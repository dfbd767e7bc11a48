import { Worker } from 'node:worker_threads';
import type { MetricJson } from '../telemetry/series.ts';
import type { Diagnostic, FromWorker, ToWorker, WorkerData } from './messages.ts';

/**
 * Requests leave short-lived objects only. V8's default lets them pile up to three times this before it looks, which costs
 * 60 MiB per worker and was not measurably faster.
 */
const maxYoungGenerationSizeMb = 16;

/** How long a worker may take to answer a question about its metrics. */
const collectTimeoutMs = 2000;

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
  /** Resolves when every listener is bound; rejects when one cannot be, with a reason for people. */
  readonly listening: Promise<void>;
  /** Resolves when the worker has no open exchange after `drain('stop')`, or is gone. */
  readonly drained: Promise<void>;
  applied = 0;
  diagnostics: readonly Diagnostic[] = [];
  /** The last metrics it gave; stay when it is gone. */
  metrics: readonly MetricJson[] = [];
  readonly #worker: Worker;
  readonly #collects = new Map<number, () => void>();
  #nextCollect = 1;
  #closing = false;

  constructor(entry: URL, data: WorkerData, events: WorkerEvents) {
    this.number = data.worker;
    const listening = Promise.withResolvers<void>();
    const drained = Promise.withResolvers<void>();
    this.listening = listening.promise;
    this.drained = drained.promise;
    listening.promise.catch(() => {});
    this.#worker = new Worker(entry, {
      workerData: data,
      name: `loom-worker-${data.worker}`,
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    let failure: Error | undefined;
    this.#worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'listening':
          return listening.resolve();
        case 'bind-failed':
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
          return this.#collects.get(message.id)?.();
        case 'drained':
          return drained.resolve();
      }
    });
    this.#worker.on('error', (error) => (failure = error as Error));
    this.#worker.on('exit', (code) => {
      const reason = failure ?? new Error(`the worker ended with code ${code}`);
      listening.reject(reason);
      drained.resolve();
      for (const done of this.#collects.values()) done();
      events.ended(this, this.#closing ? undefined : reason);
    });
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Asks for fresh metrics; a worker that does not answer in time keeps its last ones. */
  async collect(): Promise<readonly MetricJson[]> {
    const id = this.#nextCollect++;
    const done = Promise.withResolvers<void>();
    const timer = setTimeout(done.resolve, collectTimeoutMs);
    this.#collects.set(id, done.resolve);
    this.send({ type: 'collect', id });
    await done.promise;
    clearTimeout(timer);
    this.#collects.delete(id);
    return this.metrics;
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
