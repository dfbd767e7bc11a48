import type { Cluster } from '../balance/cluster.ts';
import { LoomError } from '../errors.ts';
import { HeaderList } from '../http/headers.ts';
import { Callouts, type Cancellable } from '../upstream/callouts/callouts.ts';
import { isAddress, type Destination } from '../upstream/callouts/destination.ts';
import type { CallListener, CallRequest } from '../upstream/callouts/http-call.ts';
import type { GivenCall } from './given.ts';

/** A call that a plugin made. */
export interface MadeCall {
  /** Id of the upstream, or `host:port`. */
  readonly to: string;
  readonly request: CallRequest;
  /** Whether there was an answer for it; without one it failed as if nobody could be reached. */
  readonly answered: boolean;
}

/** Answers the calls of plugins from a list: each answer once, to the first call that goes where it comes from. */
export class PlayedCallouts extends Callouts {
  readonly made: MadeCall[] = [];
  #answers: GivenCall[] = [];

  constructor(cluster: (id: string) => Cluster | undefined) {
    super({ cluster, ended: () => undefined });
  }

  /** For the scenario that begins. */
  expect(answers: readonly GivenCall[]): void {
    this.#answers = [...answers];
    this.made.length = 0;
  }

  override http(destination: Destination, request: CallRequest, listener: CallListener): Cancellable {
    const to = isAddress(destination) ? `${destination.host}:${destination.port}` : destination.id;
    const at = this.#answers.findIndex((answer) => answer.to === to);
    const [given] = at < 0 ? [] : this.#answers.splice(at, 1);
    this.made.push({ to, request, answered: given !== undefined });
    let cancelled = false;
    setImmediate(() => {
      if (!cancelled) answerWith(given, listener);
    });
    return { cancel: () => void (cancelled = true) };
  }
}

function answerWith(given: GivenCall | undefined, listener: CallListener): void {
  if (!given)
    return listener.failed(new LoomError('connect-failed', 'no answer is given for this call'), false);
  if (given.answer === undefined) return listener.failed(new LoomError('exchange-timeout'), false);
  const { head, body = [], trailers } = given.answer;
  const bytes = Buffer.concat(body);
  if (!listener.admit(bytes.length)) {
    return listener.failed(new LoomError('upstream-protocol', 'the response to the call is too large'), true);
  }
  listener.response({
    ...head,
    headers: head.headers.copy(),
    body: bytes,
    trailers: trailers ?? new HeaderList(),
  });
}
