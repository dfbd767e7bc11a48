import { LoomError } from '../errors.ts';
import type { BodySource } from '../http/body.ts';
import { EarlyReply } from '../http/early-reply.ts';
import type { Exchange } from '../http/exchange.ts';
import { requestIdHeader } from '../http/request-id.ts';
import { errorReply } from '../http/respond.ts';
import type { Reply, Stage } from '../middleware/middleware.ts';
import type { ForwardTarget } from '../upstream/forward.ts';
import type { Generation, SnapshotCell } from './cell.ts';
import type { Overload } from './overload/overload.ts';
import type { CompiledRule, Snapshot } from './snapshot.ts';

/** Sends the exchange to an endpoint of the rule's target and gives the head and body of its response. Rejects with LoomError. */
export type Forward = (exchange: Exchange, target: ForwardTarget) => Promise<Reply>;

/** Told once per exchange, at its very end; `status` 0 when no response head was sent. */
export type Ended = (exchange: Exchange, status: number) => void;

const noStages: readonly Stage[] = [];

/**
 * The life of a request: pin the snapshot, match, stages on the request, forward, stages on the response in reverse, send,
 * unpin. One instance per worker; `serve` never throws and never rejects.
 */
export class RequestHandler {
  readonly #cell: SnapshotCell<Snapshot>;
  readonly #forward: Forward;
  readonly #ended: Ended;
  readonly #overload: Pick<Overload, 'active' | 'check'> | undefined;

  /** `overload`: undefined where none is looked for. */
  constructor(
    cell: SnapshotCell<Snapshot>,
    forward: Forward,
    ended: Ended,
    overload?: Pick<Overload, 'active' | 'check'>,
  ) {
    this.#cell = cell;
    this.#overload = overload;
    this.#forward = forward;
    this.#ended = ended;
  }

  serve(exchange: Exchange): void {
    const generation = this.#cell.enter();
    this.#answer(exchange, generation).catch((error: unknown) => {
      // Nothing above may fail; if it does, the client must not wait and the generation must not leak.
      exchange.wire.reset(error as Error);
      this.#end(exchange, generation, noStages, 0, 0, new LoomError('internal', String(error)));
    });
  }

  async #answer(exchange: Exchange, generation: Generation<Snapshot>): Promise<void> {
    let stages = noStages;
    let entered = 0;
    let reply: Reply | undefined;
    try {
      if (exchange.refusal) throw exchange.refusal;
      let rule = route(exchange, generation);
      if (this.#overload?.active) this.#overload.check(rule.priority, exchange.startedAt);
      stages = rule.stages;
      while (entered < stages.length && !reply) {
        const outcome = stages[entered++]?.request?.(exchange);
        reply = outcome instanceof Promise ? await outcome : outcome;
        stopped(exchange);
        if (exchange.routeStale) {
          const old = rule;
          rule = route(exchange, generation);
          // Once the rule's own stages have begun no plugin follows that could ask for this.
          if (rule !== old) stages = [...stages.slice(0, old.ownFrom), ...rule.stages.slice(rule.ownFrom)];
        }
      }
      if (!reply) {
        const { forward } = rule;
        if (!forward) throw new LoomError('internal', 'no stage answered');
        reply = await this.#forward(exchange, forward);
        stopped(exchange);
      }
    } catch (error) {
      // Of a stage whose answer nobody waits for any more.
      discard(reply?.body, error as Error);
      exchange.interruption = undefined;
      reply = error instanceof EarlyReply ? error.reply : this.#fail(exchange, error);
    }
    // Nobody sees the response to a client that is gone.
    if (!exchange.aborted) {
      show(exchange, reply);
      if (entered > 0) {
        const shown = this.#respond(exchange, stages, entered - 1, reply);
        // A promise that has nothing to wait for costs a microsecond.
        reply = shown instanceof Promise ? await shown : shown;
      }
    }
    if (exchange.aborted) {
      discard(reply.body, exchange.aborted);
      this.#end(exchange, generation, stages, entered, 0, new LoomError('client-abort'));
      return;
    }
    const { status, headers } = reply.head;
    headers.setSound(requestIdHeader, exchange.id);
    if (exchange.altService !== undefined) headers.setSound('alt-svc', exchange.altService);
    if (Buffer.isBuffer(reply.body)) exchange.responseBytes = reply.body.length;
    exchange.wire.respond(reply.head, reply.body, (error) =>
      this.#end(exchange, generation, stages, entered, status, error),
    );
  }

  /** Response hooks, from that stage back to the first. A stage may replace the response; what it replaces is cancelled. */
  #respond(exchange: Exchange, stages: readonly Stage[], from: number, first: Reply): Reply | Promise<Reply> {
    for (let i = from; i >= 0; i--) {
      const waiting = this.#respondBy(stages[i], exchange);
      if (waiting) return waiting.then(() => this.#respond(exchange, stages, i - 1, first));
    }
    return { head: exchange.response ?? first.head, body: exchange.responseBody };
  }

  /** One hook. A promise, which does not reject, where it waits. */
  #respondBy(stage: Stage | undefined, exchange: Exchange): Promise<void> | undefined {
    try {
      const outcome = stage?.response?.(exchange);
      if (outcome instanceof Promise)
        return outcome
          .then((other) => replace(exchange, other))
          .catch((error: unknown) => this.#respondFailed(exchange, error));
      replace(exchange, outcome);
    } catch (error) {
      this.#respondFailed(exchange, error);
    }
    return undefined;
  }

  #respondFailed(exchange: Exchange, error: unknown): void {
    discard(exchange.responseBody, error as Error);
    show(exchange, this.#fail(exchange, error));
  }

  #fail(exchange: Exchange, error: unknown): Reply {
    const known = error instanceof LoomError ? error : new LoomError('internal', String(error), error);
    note(exchange, known);
    return errorReply(known, exchange);
  }

  #end(
    exchange: Exchange,
    generation: Generation<Snapshot>,
    stages: readonly Stage[],
    entered: number,
    status: number,
    error: Error | undefined,
  ): void {
    if (error)
      note(exchange, error instanceof LoomError ? error : new LoomError('client-abort', error.message));
    for (let i = 0; i < stages.length; i++) {
      if (i < entered) stages[i]?.log?.(exchange);
      else stages[i]?.missed?.(exchange);
    }
    for (let i = 0; i < stages.length; i++)
      if (i < entered || stages[i]?.missed) stages[i]?.finish?.(exchange);
    this.#ended(exchange, status);
    this.#cell.leave(generation);
  }
}

/** Finds the rule of an exchange as its request is now. Throws LoomError(no-route). */
function route(exchange: Exchange, { snapshot }: Generation<Snapshot>): CompiledRule {
  exchange.routeStale = false;
  const found = snapshot.find(exchange.request);
  if (!found) throw new LoomError('no-route');
  exchange.route = found.target.route;
  exchange.rule = found.target.rule;
  exchange.backends = found.target.forward?.clusters;
  exchange.params = found.params;
  exchange.matchedPrefix = found.matchedPrefix;
  return found.target;
}

/** Throws when the exchange ended, or is to be answered at once, while somebody worked on it. */
function stopped({ aborted, interruption }: Exchange): void {
  const reason = aborted ?? interruption;
  if (reason) throw reason instanceof LoomError ? reason : new LoomError('client-abort', undefined, reason);
}

/** The first failure is the cause; what follows from it is not worth a second code. */
function note(exchange: Exchange, error: LoomError): void {
  if (exchange.errorCode) return;
  exchange.errorCode = error.code;
  exchange.errorDetail = error.message;
}

function show(exchange: Exchange, reply: Reply): void {
  exchange.response = reply.head;
  exchange.responseBody = reply.body;
}

/** A stage answered in place of what there is. */
function replace(exchange: Exchange, other: Reply | undefined): void {
  if (!other) return;
  discard(exchange.responseBody, new LoomError('internal', 'replaced by a stage'));
  show(exchange, other);
}

function discard(body: BodySource | Buffer | undefined, reason: Error): void {
  if (body && !Buffer.isBuffer(body)) body.cancel(reason);
}
