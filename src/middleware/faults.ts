import type { LoomRouteSpecRuleFaults } from '../api/types.gen.ts';
import { LoomError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { errorReply } from '../http/respond.ts';
import { toMs } from '../model/duration.ts';
import type { Middleware, Reply } from './middleware.ts';
import { order } from './order.ts';

/** Delays and failures on purpose, for a share of the requests, chosen for each of them anew. */
export const faults: Middleware<LoomRouteSpecRuleFaults> = {
  name: 'faults',
  order: order.faults,
  compile({ delay, abort }, site) {
    const delayMs = delay ? toMs(delay.duration) : 0;
    const delayed = site.counter('delayed');
    const aborted = site.counter('aborted');
    const passed = site.counter('passed');
    const end = (exchange: Exchange): Reply | undefined => {
      if (!abort || !isChosen(abort.percent)) return undefined;
      aborted.value++;
      return failure(exchange, abort.status);
    };
    return {
      name: 'faults',
      request(exchange) {
        if (delay && isChosen(delay.percent)) {
          delayed.value++;
          return wait(exchange, delayMs).then(() => end(exchange));
        }
        const reply = end(exchange);
        if (!reply) passed.value++;
        return reply;
      },
    };
  },
};

const isChosen = (percent: number): boolean => Math.random() * 100 < percent;

function failure(exchange: Exchange, status: number): Reply {
  const error = new LoomError('fault-injected');
  exchange.errorCode = error.code;
  exchange.errorDetail = error.message;
  const reply = errorReply(error, exchange);
  // A call of gRPC has its status in a field of its own, behind a 200.
  return reply.head.status === 200 ? reply : { ...reply, head: { ...reply.head, status } };
}

/** Also over when the client has gone. */
function wait(exchange: Exchange, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, ms);
    const forget = exchange.whenAborted(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
