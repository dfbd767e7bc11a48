import type { Cluster } from '../balance/cluster.ts';
import type { LiveEndpoint } from '../balance/endpoints.ts';
import { errors, LoomError, type ErrorCode } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { Retries } from '../model/model.ts';
import type { ReplayBody } from './replay-body.ts';
import { pause, pauseBefore, reasonOf, standardRetries, wantsOther, wantsRetry } from './retries.ts';

/** `reason`: the code of the failure, or `status-` or `grpc-status-` and the status. */
export type RetryObserver = (
  upstream: string,
  reason: string,
  outcome: 'answered' | 'failed' | 'over-budget',
) => void;

/** The tries of one exchange behind its first. Made when that has failed. */
export class Retrying {
  readonly #exchange: Exchange;
  readonly #cluster: Cluster;
  readonly #policy: Retries;
  readonly #body: ReplayBody | undefined;
  readonly #observe: RetryObserver;
  readonly #tried = new Set<LiveEndpoint>();
  #count = 0;
  /** Why the present try is made. */
  #reason = '';
  /** What is to be called at the end of the present try with all of its response. */
  ended: (() => void) | undefined;

  constructor(
    exchange: Exchange,
    cluster: Cluster,
    policy: Retries,
    body: ReplayBody | undefined,
    observe: RetryObserver,
  ) {
    this.#exchange = exchange;
    this.#cluster = cluster;
    this.#policy = policy;
    this.#body = body;
    this.#observe = observe;
  }

  /**
   * Where to try again after that failure at `endpoint`, or after a response that the policy does not want; resolves when it is
   * time. Undefined: nowhere, the failure or response is what the client gets.
   */
  async next(failed: LoomError | Reply, endpoint: LiveEndpoint): Promise<LiveEndpoint | undefined> {
    const isError = failed instanceof LoomError;
    this.#conclude('failed');
    if (!this.#mayRepeat(failed)) return undefined;
    const reason = isError ? failed.code : reasonOf(failed.head);
    // A try that sent nothing has put no load on the upstream.
    const unsent = isError && errors[failed.code].retry === 'always';
    const delayMs = pauseBefore(this.#policy, this.#count + 1, isError ? undefined : failed.head);
    if (delayMs === undefined) return undefined;
    const next = this.#pick(endpoint, unsent);
    if (typeof next === 'string') return undefined;
    this.ended = undefined;
    if (!unsent && !this.#enter(reason)) return undefined;
    this.#count++;
    this.#reason = reason;
    if (!isError) discard(failed.body);
    const isElsewhere = next !== endpoint;
    if (delayMs > 0 && !(unsent && isElsewhere)) await pause(delayMs, this.#exchange);
    if (this.#body) this.#exchange.requestBytes = 0;
    return next;
  }

  /** The present try has brought the response that the client gets. */
  answered(): void {
    this.#conclude('answered');
  }

  #mayRepeat(failed: LoomError | Reply): boolean {
    const exchange = this.#exchange;
    if (exchange.aborted || exchange.interruption || this.#count >= this.#policy.attempts) return false;
    if (!(failed instanceof LoomError))
      return this.#hasBody && wantsOther(this.#policy, failed.head, exchange);
    if (!wantsRetry(this.#policy, failed, exchange)) return false;
    return errors[failed.code].retry === 'always' || this.#hasBody;
  }

  get #hasBody(): boolean {
    return this.#exchange.requestBody === undefined || (this.#body?.canReplay ?? false);
  }

  /** One that has not been tried; where there is none any, if it could be another moment's luck. */
  #pick(failed: LiveEndpoint, unsent: boolean): LiveEndpoint | ErrorCode {
    this.#tried.add(failed);
    const other = this.#cluster.pick(this.#tried, this.#exchange);
    // Without a pause there is no sense in trying what could not be reached.
    if (typeof other !== 'string' || (unsent && this.#policy === standardRetries)) return other;
    return this.#cluster.pick(undefined, this.#exchange);
  }

  #enter(reason: string): boolean {
    const { percent, floor } = this.#policy.budget;
    let inFlight = 0;
    for (const endpoint of this.#cluster.endpoints.current) inFlight += endpoint.inFlight;
    const limit = Math.max(floor, Math.floor((inFlight * percent) / 100));
    const { load, id } = this.#cluster;
    if (load.enterRetry(limit)) {
      this.ended = () => load.leaveRetry();
      return true;
    }
    this.#observe(id, reason, 'over-budget');
    return false;
  }

  #conclude(outcome: 'answered' | 'failed'): void {
    if (this.#reason === '') return;
    this.#observe(this.#cluster.id, this.#reason, outcome);
    this.#reason = '';
  }
}

function discard(body: Reply['body']): void {
  if (body && !Buffer.isBuffer(body))
    body.cancel(new LoomError('upstream-reset', 'the request is tried again'));
}
