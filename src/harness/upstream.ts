import { LoomError } from '../errors.ts';
import type { Exchange, RequestHead } from '../http/exchange.ts';
import type { Reply } from '../middleware/middleware.ts';
import type { ForwardTarget } from '../upstream/forward.ts';
import type { Scenario } from './given.ts';
import { collect, Pieces } from './pieces.ts';
import type { Arrived } from './wire.ts';

/** Plays what is behind the gateway: reads a request to its end and gives the answer of the scenario. */
export class PlayedUpstream {
  /** What came, complete; undefined when nothing did. */
  request: Arrived<RequestHead> | undefined;
  readonly #answer: Scenario['upstream'];

  constructor(answer: Scenario['upstream']) {
    this.#answer = answer;
  }

  /** Rejects with LoomError. */
  async forward(exchange: Exchange, target: ForwardTarget): Promise<Reply> {
    const cluster = target.choose();
    if (typeof cluster === 'string') throw new LoomError(cluster);
    exchange.upstream = cluster.id;
    exchange.attempts = 1;
    // Before the body, as a connection would send it.
    const head = { ...exchange.request, headers: exchange.request.headers.copy() };
    const gone = Promise.withResolvers<never>();
    exchange.onAbort((reason) => gone.reject(reason));
    const { body, trailers } = await Promise.race([collect(exchange.requestBody), gone.promise]);
    exchange.onAbort(undefined);
    this.request = { head, body, trailers };
    const answer = this.#answer;
    const { status, headers } = answer.head;
    exchange.upstreamStatus = status;
    return { head: { status, headers: headers.copy() }, body: bodyOf(answer) };
  }
}

/** As a connection gives it: a body that came with its head is one Buffer. */
function bodyOf({ body, trailers }: Scenario['upstream']): Reply['body'] {
  if (!body) return undefined;
  return body.length === 1 && !trailers ? body[0] : new Pieces(body, trailers);
}
