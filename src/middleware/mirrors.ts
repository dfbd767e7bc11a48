import type { Exchange } from '../http/exchange.ts';
import type { Mirror } from '../model/model.ts';
import type { Middleware } from './middleware.ts';
import { TeeBody } from './mirror/tee-body.ts';
import { order } from './order.ts';
import { HeldBody } from './side/held-body.ts';
import { ignore, sideExchange } from './side/side-exchange.ts';

/** What a copy may cost, whatever clients and mirrors do. Beyond it a request is not mirrored. */
const maxBodyBytes = 256 << 10;
const maxInFlight = 256;
const timeoutMs = 30_000;

/** Sends copies of requests to other upstreams. Nobody waits for them, and nobody hears what they answer. */
export const mirrors: Middleware<readonly Mirror[]> = {
  name: 'mirrors',
  order: order.mirrors,
  compile(settings, site) {
    const mirrored = site.counter('mirrored');
    const skipped = site.counter('skipped');
    const failed = site.counter('failed');
    let inFlight = 0;

    const send = async (copy: Exchange, upstream: string): Promise<void> => {
      inFlight++;
      try {
        const { body } = await site.send(copy, upstream, timeoutMs);
        mirrored.value++;
        if (body && !Buffer.isBuffer(body)) await ignore(body);
      } catch {
        failed.value++;
      }
      inFlight--;
    };

    return {
      name: 'mirrors',
      request(exchange) {
        const chosen = settings.filter(({ percent }) => Math.random() * 100 < percent);
        if (chosen.length === 0) return undefined;
        const source = exchange.requestBody;
        const sendAll = (body: Buffer | undefined, isWhole: boolean): void => {
          for (const { upstream } of chosen) {
            if (isWhole && inFlight < maxInFlight) void send(copyOf(exchange, body), upstream);
            else skipped.value++;
          }
        };
        if (exchange.upgrade || (source?.length ?? 0) > maxBodyBytes) sendAll(undefined, false);
        else if (!source) sendAll(undefined, true);
        else
          exchange.requestBody = new TeeBody(source, maxBodyBytes, (body) =>
            sendAll(body, body !== undefined),
          );
        return undefined;
      },
    };
  },
};

/** The request as it is now. */
function copyOf(exchange: Exchange, body: Buffer | undefined): Exchange {
  const head = { ...exchange.request, headers: exchange.request.headers.copy() };
  return sideExchange(exchange, head, body && new HeldBody(body));
}
