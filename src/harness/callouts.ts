import type { Cluster } from '../balance/cluster.ts';
import { LoomError } from '../errors.ts';
import { HeaderList } from '../http/headers.ts';
import { Callouts, type Cancellable } from '../upstream/callouts/callouts.ts';
import { isAddress, type Destination } from '../upstream/callouts/destination.ts';
import type { GrpcCall, GrpcListener, GrpcRequest } from '../upstream/callouts/grpc-call.ts';
import type { CallListener, CallRequest } from '../upstream/callouts/http-call.ts';
import type { RedisListener, RedisRequest } from '../upstream/callouts/redis-call.ts';
import type { GivenCall } from './given.ts';
import { harnessUpstream } from './plan.ts';

/** A call that a plugin made. */
export interface MadeCall {
  /** Id of the upstream, or `host:port`. */
  readonly to: string;
  /** undefined for gRPC and Redis, which are not played. */
  readonly request: CallRequest | undefined;
  /** Whether there was an answer for it; without one it failed as if nobody could be reached. */
  readonly answered: boolean;
}

/**
 * Answers the HTTP calls of plugins from a list: each answer once, to the first call that goes where it comes from. All other
 * calls find nobody, and no name resolves: nothing leaves the process.
 */
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
    const to = nameOf(destination);
    const at = this.#answers.findIndex((answer) => answer.to === to);
    const [given] = at < 0 ? [] : this.#answers.splice(at, 1);
    this.made.push({ to, request, answered: given !== undefined });
    return soon(() => answerWith(given, listener));
  }

  override grpc(destination: Destination, request: GrpcRequest, listener: GrpcListener): GrpcCall {
    this.made.push({ to: nameOf(destination), request: undefined, answered: false });
    return super.grpc(this.#nowhere, request, listener);
  }

  override redis(destination: Destination, request: RedisRequest, listener: RedisListener): Cancellable {
    this.made.push({ to: nameOf(destination), request: undefined, answered: false });
    return super.redis(this.#nowhere, request, listener);
  }

  override resolve(_host: string, found: (addresses: readonly string[]) => void): Cancellable {
    return soon(() => found([]));
  }

  /** No upstream of a harness has endpoints. */
  get #nowhere(): Cluster {
    return this.cluster(harnessUpstream) as Cluster;
  }
}

const nameOf = (to: Destination): string => (isAddress(to) ? `${to.host}:${to.port}` : to.id);

/** Never before the call that asks for it has returned. */
function soon(what: () => void): Cancellable {
  const immediate = setImmediate(what);
  return { cancel: () => clearImmediate(immediate) };
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
