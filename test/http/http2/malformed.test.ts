import { expect } from 'chai';
import type { HeaderList } from '../../../src/http/headers.ts';
import { endHeaders, endStream, fieldBlock, frame, FramePeer, frameType } from '../../support/frame-peer.ts';
import { answer, ignore, Opened } from '../world.ts';
import { tables, type Vector } from './malformed-vectors.ts';

const meanings: Readonly<Record<Vector['expected'], string>> = {
  'reset 1': 'is a stream error',
  closed: 'ends its connection',
  'status 400': 'is answered 400 and goes no further',
  'status 501': 'is answered 501 and goes no further',
  'left out': 'goes on without that field',
  passes: 'passes',
};

/** The frames of a request on that stream. */
function framesOf({ fields, data = [], trailers }: Vector, stream: number): Buffer[] {
  const isBare = data.length === 0 && !trailers;
  const pieces = [
    frame(frameType.headers, endHeaders | (isBare ? endStream : 0), stream, fieldBlock(fields)),
    ...data.map((text, i) =>
      frame(frameType.data, !trailers && i === data.length - 1 ? endStream : 0, stream, Buffer.from(text)),
    ),
  ];
  if (trailers) pieces.push(frame(frameType.headers, endHeaders | endStream, stream, fieldBlock(trailers)));
  return pieces;
}

describe('A request of HTTP/2', () => {
  const http = new Opened();
  let port: number;
  let client: FramePeer;
  let stream: number;
  /** Fields of requests that came to the routes whole, but for those that every request gets. */
  let passed: string[][] = [];

  const open = async (): Promise<void> => {
    client = await FramePeer.open(port);
    stream = 1;
  };
  before(async () => {
    port = await http.start((exchange) => {
      if (exchange.refusal) return answer(exchange);
      const whole = (trailers?: HeaderList): void => {
        const names = [...exchange.request.headers.flat, ...(trailers?.flat ?? [])];
        passed.push(names.filter((name, i) => i % 2 === 0 && !/^x-(forwarded-|request-id$)/.test(name)));
        answer(exchange);
      };
      if (!exchange.requestBody) return whole();
      exchange.requestBody.start({ data: () => true, end: whole, fail: ignore });
    });
  });
  after(() => http.close());

  for (const [table, vectors] of Object.entries(tables)) {
    describe(table, () => {
      // One connection for all: what is an error of a stream must not end it.
      before(open);
      after(() => client.destroy());

      for (const vector of vectors) {
        const { what, expected } = vector;
        it(`with ${what} ${meanings[expected]}`, async () => {
          passed = [];
          client.send(...framesOf(vector, stream));
          const outcome = await client.outcome(stream);
          stream += 2;
          const gets = expected === 'passes' || expected === 'left out' ? 'status 200' : expected;
          if (expected === 'closed') await open();
          expect(outcome.replace(/^closed.*/, 'closed')).to.equal(gets);
          expect(passed.length).to.equal(gets === 'status 200' ? 1 : 0);
          if (expected === 'left out') expect(passed).to.deep.equal([[]]);
        });
      }
    });
  }
});
