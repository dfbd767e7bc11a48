import { expect } from 'chai';
import { directResponse } from '../../src/middleware/direct-response.ts';
import type { Reply, Stage } from '../../src/middleware/middleware.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

describe('directResponse', () => {
  const { exchange } = exchangeOf('GET shop.example.com/');
  const answer = (stage: Stage): Reply => stage.request?.(exchange) as Reply;

  it('answers with status, media type and body', () => {
    const stage = directResponse.compile(
      { status: 404, contentType: 'text/plain', body: 'näin' },
      testSite(),
    );
    const { head, body } = answer(stage);
    expect(head.status).to.equal(404);
    expect(head.headers.flat).to.deep.equal(['content-type', 'text/plain', 'content-length', '5']);
    expect(body).to.deep.equal(Buffer.from('näin'));
  });

  it('gives each answer its own list of headers', () => {
    const stage = directResponse.compile({ status: 200, contentType: 'text/plain' }, testSite());
    answer(stage).head.headers.append('x-a', '1');
    expect(answer(stage).head.headers.has('x-a')).to.equal(false);
  });

  for (const status of [204, 304]) {
    it(`sends no body with ${status}`, () => {
      const stage = directResponse.compile(
        { status, contentType: 'text/plain', body: 'ignored' },
        testSite(),
      );
      const { head, body } = answer(stage);
      expect(body).to.equal(undefined);
      expect(head.headers.flat).to.deep.equal([]);
    });
  }
});
