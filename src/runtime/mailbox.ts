import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { EndpointChange } from './messages.ts';

/**
 * Endpoints for a worker that may have nothing to do: to hear of each of them in JavaScript costs it more than what it is told. So they lie
 * in a port that nobody listens to, whose messages wake up the thread but run nothing in it, until the worker has reason to look: when it
 * is about to send a request to one of those upstreams, and when it is told to.
 */
export interface Mailbox {
  readonly port: MessagePort;
  /** One Int32: how many letters the worker has taken. */
  readonly taken: SharedArrayBuffer;
}

/** Newer than that revision, and than all letters before. */
export interface Letter {
  readonly after: number;
  readonly changes: readonly EndpointChange[];
}

/** The end of the control thread. */
export class Outbox {
  /** For the worker; its port must be transferred. */
  readonly mailbox: Mailbox;
  readonly #port: MessagePort;
  readonly #taken: Int32Array;
  #posted = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const taken = new SharedArrayBuffer(4);
    this.mailbox = { port: port2, taken };
    this.#port = port1;
    this.#taken = new Int32Array(taken);
    // It keeps no process alive.
    port1.unref();
  }

  post(letter: Letter): void {
    this.#posted = (this.#posted + 1) | 0;
    this.#port.postMessage(letter);
  }

  /** Whether there is one that the worker has not taken; one that it holds for a revision is taken. */
  get hasUnread(): boolean {
    return Atomics.load(this.#taken, 0) !== this.#posted;
  }

  close(): void {
    this.#port.close();
  }
}

/** The end of a worker. */
export class Inbox {
  readonly #port: MessagePort;
  readonly #taken: Int32Array;
  /** Letters that are newer than what the worker serves. */
  #held: readonly Letter[] = [];

  constructor({ port, taken }: Mailbox) {
    this.#port = port;
    this.#taken = new Int32Array(taken);
  }

  /** All that came and goes with that revision or an older one, the oldest first. The others come with a later call. */
  take(revision: number): readonly EndpointChange[] {
    const letters = [...this.#held];
    for (;;) {
      const received: { readonly message: Letter } | undefined = receiveMessageOnPort(this.#port);
      if (!received) break;
      Atomics.add(this.#taken, 0, 1);
      letters.push(received.message);
    }
    this.#held = letters.filter(({ after }) => after > revision);
    return letters.flatMap(({ after, changes }) => (after > revision ? [] : changes));
  }
}
