import type { CallbackKey } from '../abi/callbacks.ts';
import type { RootContext, StreamContext } from '../context/context.ts';
import type { CallAnswer } from './answer.ts';
import type { Calls } from './calls.ts';

/** One answer, and all answers together that are on their way to one instance. */
const maxAnswerBytes = 16 << 20;
const maxHeldBytes = 64 << 20;

interface MessageStream {
  send(message: Buffer, end: boolean): void;
  end(): void;
}

interface CallOrigin {
  readonly root: RootContext;
  readonly stream: StreamContext | undefined;
  readonly upstream: string;
}

/** A call on its way. */
export class PendingCall {
  readonly token: number;
  readonly root: RootContext;
  /** The exchange that made it: what callbacks of the call compute counts for it, though they run in the root context. */
  readonly caller: StreamContext | undefined;
  readonly upstream: string;
  readonly #table: Calls;
  readonly #startedAt = performance.now();
  #bytes = 0;
  cancel: () => void = () => undefined;
  /** Where it is one of gRPC. */
  stream: MessageStream | undefined;

  constructor(table: Calls, token: number, { root, stream, upstream }: CallOrigin) {
    this.#table = table;
    this.token = token;
    this.root = root;
    this.caller = stream;
    this.upstream = upstream;
  }

  /** Whether that many bytes more of an answer may be held. If not the call is lost, and others may have its room. */
  admit(bytes: number): boolean {
    if (this.#bytes + bytes > maxAnswerBytes || this.#table.held + bytes > maxHeldBytes) {
      this.giveBack();
      return false;
    }
    this.#bytes += bytes;
    this.#table.held += bytes;
    return true;
  }

  /** The bytes so far have been handed over. */
  giveBack(): void {
    this.#table.held -= this.#bytes;
    this.#bytes = 0;
  }

  /** What proxy_get_status tells from now on. */
  say(code: number, message: string): void {
    this.#table.statuses.set(this.root, { code, message });
  }

  /** Forgets the call; further words about it reach nobody. `outcome` is for the metrics, `why` for the log. */
  end(outcome: string, why = ''): void {
    this.giveBack();
    this.#table.forget(this, outcome, why, (performance.now() - this.#startedAt) / 1000);
  }

  /** Runs a callback of the root context with what it may read. */
  deliver(callback: CallbackKey, answer: CallAnswer, a = 0, b = 0, c = 0): void {
    this.#table.deliver(this, callback, answer, a, b, c);
  }
}
