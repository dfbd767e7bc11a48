import type { BodySink, BodySource } from '../../http/body.ts';
import { Exchange, type Wire } from '../../http/exchange.ts';

/** A client that nobody waits for. */
const nobody: Wire = { version: '1.1', respond() {}, reset() {} };

/** The request of an exchange as it is now, as one of its own that ends nowhere. */
export function copyOf(
  { request, listener, client, local, connection, id, route, rule }: Exchange,
  body: Buffer | undefined,
): Exchange {
  const head = { ...request, headers: request.headers.copy() };
  const peers = { listener, client, local, ...(connection && { connection }) };
  const copy = new Exchange(nobody, head, body && new HeldBody(body), peers);
  copy.id = id;
  copy.route = route;
  copy.rule = rule;
  return copy;
}

/** Bytes that are there already. */
class HeldBody implements BodySource {
  readonly length: number;
  readonly #bytes: Buffer;
  #sink: BodySink | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  start(sink: BodySink): void {
    this.#sink = sink;
    if (this.#bytes.length === 0 || sink.data(this.#bytes)) this.resume();
  }

  resume(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end();
  }

  cancel(): void {
    this.#sink = undefined;
  }
}

/** Reads a response to its end, so that its connection can be used again, and keeps nothing of it. */
export function ignore(body: BodySource): Promise<void> {
  return new Promise((resolve) => {
    body.start({ data: () => true, lend: () => true, end: () => resolve(), fail: () => resolve() });
  });
}
