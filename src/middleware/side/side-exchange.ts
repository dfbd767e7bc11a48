import type { BodySource } from '../../http/body.ts';
import { Exchange, type RequestHead, type Wire } from '../../http/exchange.ts';

/** A client that nobody waits for. */
const nobody: Wire = { version: '1.1', respond() {}, reset() {} };

/** A request that Loom makes on behalf of that exchange. Its response ends where it was sent from. */
export function sideExchange(
  { listener, client, local, connection, id, route, rule }: Exchange,
  head: RequestHead,
  body: BodySource | undefined,
): Exchange {
  const peers = { listener, client, local, ...(connection && { connection }) };
  const side = new Exchange(nobody, head, body, peers);
  side.id = id;
  side.route = route;
  side.rule = rule;
  return side;
}

/** Reads a response to its end, so that its connection can be used again, and keeps nothing of it. */
export function ignore(body: BodySource): Promise<void> {
  return new Promise((resolve) => {
    body.start({ data: () => true, lend: () => true, end: () => resolve(), fail: () => resolve() });
  });
}
