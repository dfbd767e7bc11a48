import type { SharedQueues } from '../shared/queues.ts';
import type { WorkerPlace } from '../shared/worker-place.ts';
import type { RootContext } from './context.ts';

/** How many messages one turn of the event loop tells of: requests wait no longer than that. */
const perTurn = 64;

interface Registration {
  readonly id: number;
  readonly root: RootContext;
  readonly registrant: number;
}

/** The queues that the root contexts of one instance have registered (proxy-wasm spec 0.2.1, `proxy_on_queue_ready`). */
export class QueueRegistrations {
  readonly #queues: SharedQueues;
  readonly #place: WorkerPlace;
  readonly #ready: (root: RootContext, id: number) => boolean;
  #registrations: readonly Registration[] = [];
  #deaf: (() => void) | undefined;

  /** `ready` is called on the event loop, once for each message; false when the instance has ended. It must not throw. */
  constructor(queues: SharedQueues, place: WorkerPlace, ready: (root: RootContext, id: number) => boolean) {
    this.#queues = queues;
    this.#place = place;
    this.#ready = ready;
  }

  /** The id of the queue, 0 when there cannot be another. From now on the root is told of messages, those that wait included. */
  register(root: RootContext, name: Buffer): number {
    const registrant = this.#place.nextRegistrant();
    const id = this.#queues.register(name, registrant);
    if (id === 0) return 0;
    this.#registrations = [
      ...this.#registrations.filter((other) => other.id !== id),
      { id, root, registrant },
    ];
    this.#deaf ??= this.#place.listen(() => this.#tell());
    this.#place.ring(this.#place.worker);
    return id;
  }

  /** Another that has registered the queue is told from now on, in whatever worker. */
  leave(root: RootContext): void {
    const leaving = this.#registrations.filter((registration) => registration.root === root);
    this.#registrations = this.#registrations.filter((registration) => registration.root !== root);
    this.#left(leaving);
  }

  leaveAll(): void {
    const leaving = this.#registrations;
    this.#registrations = [];
    this.#left(leaving);
  }

  #left(leaving: readonly Registration[]): void {
    if (leaving.length === 0) return;
    if (this.#registrations.length === 0) {
      this.#deaf?.();
      this.#deaf = undefined;
    }
    for (const { id, registrant } of leaving) this.#queues.leave(id, registrant);
    this.#place.ringAll();
  }

  #tell(): void {
    let told = 0;
    for (const { id, root, registrant } of this.#registrations) {
      while (this.#queues.takeReady(id, registrant)) {
        if (!this.#ready(root, id)) return;
        if (++told === perTurn) {
          setImmediate(() => this.#tell());
          return;
        }
      }
    }
  }
}
