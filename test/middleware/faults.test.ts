import { expect } from 'chai';
import { faults } from '../../src/middleware/faults.ts';
import type { Reply } from '../../src/middleware/middleware.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

describe('faults', () => {
  it('answers with a failure', () => {
    const site = testSite();
    const { exchange } = exchangeOf('GET shop/');
    const reply = faults.compile({ abort: { status: 418, percent: 100 } }, site).request?.(exchange) as Reply;
    expect(reply.head.status).to.equal(418);
    expect((reply.body as Buffer).toString()).to.include('fault-injected');
    expect(exchange.errorCode).to.equal('fault-injected');
    expect(site.counted).to.deep.equal({ delayed: 0, aborted: 1, passed: 0 });
  });

  it('lets requests wait, then go on or fail', async () => {
    const delay = { duration: '1ms', percent: 100 };
    const { exchange } = exchangeOf('GET shop/');
    expect(await faults.compile({ delay }, testSite()).request?.(exchange)).to.equal(undefined);
    const both = faults.compile({ delay, abort: { status: 500, percent: 100 } }, testSite());
    expect((await both.request?.(exchange))?.head.status).to.equal(500);
  });

  it('waits no longer for a client that is gone', async () => {
    const stage = faults.compile({ delay: { duration: '500h', percent: 100 } }, testSite());
    const { exchange } = exchangeOf('GET shop/');
    const waiting = stage.request?.(exchange);
    exchange.abort(new Error('gone'));
    expect(await waiting).to.equal(undefined);
  });

  it('takes a share of the requests', () => {
    const site = testSite();
    const stage = faults.compile({ abort: { status: 503, percent: 30 } }, site);
    for (let i = 0; i < 2000; i++) void stage.request?.(exchangeOf('GET shop/').exchange);
    // Binomial(2000, 0.3): six standard deviations are 123.
    expect(site.counted['aborted']).to.be.within(477, 723);
    expect(site.counted['passed']).to.equal(2000 - (site.counted['aborted'] ?? 0));
  });

  it('touches nothing with 0 percent', () => {
    const stage = faults.compile(
      { delay: { duration: '1h', percent: 0 }, abort: { status: 503, percent: 0 } },
      testSite(),
    );
    expect(stage.request?.(exchangeOf('GET shop/').exchange)).to.equal(undefined);
  });
});
