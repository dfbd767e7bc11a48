import { expect } from 'chai';
import type { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import type { HttpListener } from '../../src/http/listener.ts';
import { errorReply } from '../../src/http/respond.ts';
import { sendRaw, statuses } from './raw-client.ts';
import { fieldVectors } from './vectors-fields.ts';
import { headVectors } from './vectors-head.ts';
import { strictVectors } from './vectors-strict.ts';
import { answer, ignore, startListener } from './world.ts';

/** What RFC 9110 and RFC 9112 say about single requests. */
const vectors = [...headVectors, ...fieldVectors, ...strictVectors];
const following = 'GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

interface Seen {
  readonly exchange: Exchange;
  body: string;
}

describe('requests as bytes', () => {
  let listener: HttpListener;
  let port = 0;
  let seen: Seen[] = [];

  /** Answers as the gateway would: a refusal with its error, everything else with 200 once its body is there. */
  function handle(exchange: Exchange): void {
    const refuse = (error: LoomError): void => {
      const { head, body } = errorReply(error, exchange);
      exchange.wire.respond(head, body, ignore);
    };
    if (exchange.refusal) return refuse(exchange.refusal);
    const entry: Seen = { exchange, body: '' };
    const complete = (): void => {
      seen.push(entry);
      answer(exchange);
    };
    if (!exchange.requestBody) return complete();
    exchange.requestBody.start({
      data: (chunk) => {
        entry.body += chunk.toString('latin1');
        return true;
      },
      end: complete,
      fail: (error) => refuse(error as LoomError),
    });
  }

  before(async () => {
    ({ listener, port } = await startListener(handle));
  });
  beforeEach(() => (seen = []));
  after(() => listener.destroy());

  it('are at least a hundred and fifty, each with a name of its own', () => {
    expect(vectors.length).to.be.at.least(150);
    expect(new Set(vectors.map(({ name }) => name)).size).to.equal(vectors.length);
  });

  for (const vector of vectors) {
    it(`${vector.status.includes(200) ? 'take' : 'refuse'} ${vector.name}`, async () => {
      const received = await sendRaw(port, vector.bytes + following);
      const [first, ...rest] = statuses(received);
      expect(vector.status, JSON.stringify(received.slice(0, 300))).to.include(first);
      const closes = /\r\nconnection: close\r\n/i.test(received.split('\r\n\r\n')[0] ?? '');
      const paths = seen.map(({ exchange }) => exchange.request.path);
      if (first !== 200) {
        expect(paths, 'reached the handler').to.not.include('/after');
        expect(rest, 'answers after the refusal').to.deep.equal([]);
        return;
      }
      expect(rest, 'the request behind it').to.deep.equal(closes ? [] : [200]);
      const { exchange, body } = seen.find((one) => one.exchange.request.path !== '/after') as Seen;
      const { request } = exchange;
      const { has = [], lacks = [], body: expectedBody, ...head } = vector.seen ?? {};
      expect(request).to.include(head);
      if (expectedBody !== undefined) expect(body).to.equal(expectedBody);
      for (const name of has) expect(request.headers.has(name), `has ${name}`).to.equal(true);
      for (const name of lacks) expect(request.headers.has(name), `has ${name}`).to.equal(false);
    });
  }
});
