import type { Logger } from '../telemetry/log.ts';
import type { MetricJson } from '../telemetry/series.ts';
import { diffModels, emptyModel, isEmpty, type PlacedModel } from './delta.ts';
import type { Diagnostic, DrainPhase, EndpointChange, ModelDelta, WorkerData } from './messages.ts';
import { WorkerHandle, type WorkerEvents } from './worker-handle.ts';

export interface Applied {
  readonly revision: number;
  /** False when the model was the same as before. */
  readonly changed: boolean;
  /** Of the slowest worker. */
  readonly compileMs: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** What all workers are told alike. */
type CommonData = Omit<WorkerData, 'worker' | 'ledger' | 'mailbox'>;

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

/** Keeps account of what workers have in flight. */
export interface Ledgers {
  make(): SharedArrayBuffer;
  /** The worker with that number and ledger ended unexpectedly; before another takes its number. */
  lost(ledger: SharedArrayBuffer, worker: number): void;
}

/** A worker that ends sooner than this after its start is replaced with growing pauses, at most `maxPauseMs`. */
const stableMs = 10_000;
const maxPauseMs = 10_000;

/** Until a worker that had no reason to look into its mailbox is told to: old connections must not stay, nor letters pile up. */
const unreadMs = 1000;

/** All data workers: gives each the model, replaces those that end, and knows which revision all of them serve. */
export class Workers {
  readonly #entry: URL | string;
  #data: CommonData;
  readonly #log: Logger;
  readonly #ledgers: Ledgers;
  #live: WorkerHandle[] = [];
  /** Metrics of workers that are gone, so that sums do not fall. */
  readonly #retired: (readonly MetricJson[])[] = [];
  #waiters: Waiter[] = [];
  #model: PlacedModel = emptyModel;
  #revision = 0;
  #compileMs = 0;
  readonly #listening = Promise.withResolvers<void>();
  #haveListened = false;
  #ring: NodeJS.Timeout | undefined;
  #count = 0;
  #pauseMs = 0;
  #closing = false;

  constructor(entry: URL | string, data: CommonData, log: Logger, ledgers: Ledgers) {
    this.#entry = entry;
    this.#data = data;
    this.#log = log;
    this.#ledgers = ledgers;
  }

  start(count: number): void {
    this.#count = count;
    // Nobody has to ask.
    this.#listening.promise.catch(() => undefined);
    for (let number = 0; number < count; number++) this.#spawn(number);
  }

  /** Resolves when all listeners of all workers are bound, which is with the first revision; rejects when one cannot be. */
  get listening(): Promise<void> {
    return this.#listening.promise;
  }

  /** Whether all of them have, once: a worker that was replaced later makes no difference. */
  get haveListened(): boolean {
    return this.#haveListened;
  }

  get size(): number {
    return this.#live.length;
  }

  get live(): readonly WorkerHandle[] {
    return this.#live;
  }

  /** The revision that every worker serves. */
  get programmed(): number {
    return this.#live.length === 0 ? 0 : Math.min(...this.#live.map((worker) => worker.applied));
  }

  /**
   * Sends what changed and resolves when every worker serves it. Who knows what changed says it, and may change the maps of one
   * model in place; otherwise the two are compared.
   */
  async apply(model: PlacedModel, delta: ModelDelta = diffModels(this.#model, model)): Promise<Applied> {
    const changed = this.#revision === 0 || !isEmpty(delta);
    if (changed) {
      this.#model = model;
      this.#revision++;
      this.#compileMs = 0;
      for (const worker of this.#live) worker.send({ type: 'apply', revision: this.#revision, delta });
    }
    const revision = this.#revision;
    await this.#served(revision);
    return { revision, changed, compileMs: this.#compileMs, diagnostics: this.diagnostics };
  }

  /**
   * Endpoint sets take effect without a revision: when the caller has touched the upstreams in the shared state with the next request to
   * them, else within a second. `endpoints` is the new whole.
   */
  setEndpoints(changes: readonly EndpointChange[], endpoints: PlacedModel['endpoints']): void {
    this.#model = { ...this.#model, endpoints };
    for (const worker of this.#live) worker.post({ after: this.#revision, changes });
    this.#ring ??= setTimeout(() => {
      this.#ring = undefined;
      for (const worker of this.#live) if (worker.hasUnread) worker.send({ type: 'mail' });
    }, unreadMs).unref();
  }

  /** What holds now, of all workers, each once. */
  get diagnostics(): readonly Diagnostic[] {
    const all = this.#live.flatMap((worker) => worker.diagnostics);
    return [...new Map(all.map((d) => [`${d.kind} ${d.id} ${d.message}`, d])).values()];
  }

  /** Called when `diagnostics` changes without a revision. */
  onDiagnosed: () => void = () => undefined;

  async collect(): Promise<readonly (readonly MetricJson[])[]> {
    const fresh = await Promise.all(this.#live.map((worker) => worker.collect()));
    return [...fresh, ...this.#retired];
  }

  /** From `stop` on it resolves when the last exchange has ended. */
  async drain(phase: DrainPhase): Promise<void> {
    for (const worker of this.#live) worker.send({ type: 'drain', phase });
    if (phase !== 'announce') await Promise.all(this.#live.map((worker) => worker.drained));
  }

  /** The file of the access log was moved away: each begins another. */
  reopenLogs(): void {
    for (const worker of this.#live) worker.send({ type: 'reopen' });
  }

  /** Also of those that replace others later. */
  setLogLevel(level: string): void {
    this.#data = { ...this.#data, logLevel: level };
    for (const worker of this.#live) worker.send({ type: 'log-level', level });
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#ring);
    await Promise.all(this.#live.map((worker) => worker.close()));
  }

  #served(revision: number): Promise<void> {
    if (this.programmed >= revision) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ revision, resolve });
    return promise;
  }

  #notify(): void {
    const { programmed } = this;
    const done = this.#waiters.filter((waiter) => waiter.revision <= programmed);
    this.#waiters = this.#waiters.filter((waiter) => waiter.revision > programmed);
    for (const { resolve } of done) resolve();
  }

  #spawn(number: number): WorkerHandle {
    const began = performance.now();
    const ledger = this.#ledgers.make();
    const events: WorkerEvents = {
      applied: (worker, { revision, compileMs }) => {
        if (revision === this.#revision) this.#compileMs = Math.max(this.#compileMs, compileMs);
        if (performance.now() - began > stableMs) this.#pauseMs = 0;
        this.#log.debug({ worker: worker.number, revision, compileMs }, 'worker serves revision');
        this.#notify();
      },
      diagnosed: () => this.onDiagnosed(),
      ended: (worker, error) => {
        if (error) this.#ledgers.lost(ledger, number);
        this.#replace(worker, error, performance.now() - began);
      },
    };
    const worker = new WorkerHandle(this.#entry, { ...this.#data, worker: number, ledger }, events);
    this.#live.push(worker);
    worker.listening.then(
      () => {
        if (this.#live.length < this.#count || !this.#live.every(({ bound }) => bound)) return;
        this.#haveListened = true;
        this.#listening.resolve();
      },
      // One that ended before it listened is replaced.
      (error: unknown) => worker.unbindable && this.#listening.reject(error as Error),
    );
    if (this.#revision > 0) {
      worker.send({ type: 'apply', revision: this.#revision, delta: diffModels(emptyModel, this.#model) });
    }
    return worker;
  }

  #replace(worker: WorkerHandle, error: Error | undefined, livedMs: number): void {
    this.#live = this.#live.filter((other) => other !== worker);
    if (worker.metrics.length > 0) this.#retired.push(worker.metrics);
    if (this.#closing || !error) return this.#notify();
    this.#pauseMs = livedMs > stableMs ? 0 : Math.min(maxPauseMs, Math.max(100, this.#pauseMs * 2));
    this.#log.error(
      { worker: worker.number, err: error, pauseMs: this.#pauseMs },
      'worker ended; it will be replaced',
    );
    setTimeout(() => {
      if (this.#closing) return;
      const next = this.#spawn(worker.number);
      next.listening.then(
        () => this.#log.info({ worker: next.number }, 'worker replaced'),
        (err: unknown) => {
          // It lives but serves nobody: its end leads to another try.
          this.#log.error({ worker: next.number, err }, 'new worker cannot listen');
          void next.terminate();
        },
      );
    }, this.#pauseMs);
    this.#notify();
  }
}
