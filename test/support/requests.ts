import { Exchange, type RequestHead, type ResponseHead, type Wire } from '../../src/http/exchange.ts';
import type { BodySource } from '../../src/http/body.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { Match } from '../../src/model/model.ts';

/** A request head from a line such as `GET shop.example.com/cart?x=1` and a flat list of headers. */
export function requestHead(line: string, headers: string[] = []): RequestHead {
  const [, method = 'GET', authority = '', path = '/', query = ''] =
    /^(\S+) ([^/]*)([^?]*)\??(.*)$/.exec(line) ?? [];
  return { method, scheme: 'http', authority, path, query, headers: new HeaderList(headers) };
}

/** Every request, but for what is given. */
export function match(part: Partial<Match> = {}): Match {
  return { path: { type: 'Prefix', value: '/' }, methods: [], headers: [], query: [], ...part };
}

/** A wire that remembers what it was given. */
export class RecordingWire implements Wire {
  readonly version = '1.1';
  head: ResponseHead | undefined;
  body: BodySource | Buffer | undefined;
  wasReset: Error | undefined;
  done: ((error?: Error) => void) | undefined;

  respond(head: ResponseHead, body: BodySource | Buffer | undefined, done: (error?: Error) => void): void {
    this.head = head;
    this.body = body;
    this.done = done;
  }

  reset(reason: Error): void {
    this.wasReset = reason;
  }
}

const peer = { address: '192.0.2.1', port: 40000 };

/** An exchange over a recording wire. */
export function exchangeOf(
  line: string,
  headers: string[] = [],
): { exchange: Exchange; wire: RecordingWire } {
  const wire = new RecordingWire();
  const peers = { listener: 'test', client: peer, local: { address: '127.0.0.1', port: 8080 } };
  return { exchange: new Exchange(wire, requestHead(line, headers), undefined, peers), wire };
}
