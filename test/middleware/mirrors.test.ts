import { expect } from 'chai';
import type { BodySource } from '../../src/http/body.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { mirrors } from '../../src/middleware/mirrors.ts';
import type { Reply } from '../../src/middleware/middleware.ts';
import type { Mirror } from '../../src/model/model.ts';
import { exchangeOf } from '../support/requests.ts';
import { eventually } from '../support/wait.ts';
import { testSite } from './site.ts';

const ok: Reply = { head: { status: 200, headers: new HeaderList() }, body: undefined };

function world(settings: readonly Mirror[], answer: () => Promise<Reply> = () => Promise.resolve(ok)) {
  const sent: { readonly upstream: string; readonly exchange: Exchange }[] = [];
  const site = testSite({
    send: (exchange, upstream) => {
      sent.push({ upstream, exchange });
      return answer();
    },
  });
  return { stage: mirrors.compile(settings, site), sent, site };
}

const sized = (length: number | undefined): BodySource => ({ length, start() {}, resume() {}, cancel() {} });

describe('mirrors', () => {
  it('send a copy to each, as the request is then', async () => {
    const { stage, sent, site } = world([
      { upstream: 'a', percent: 100 },
      { upstream: 'b', percent: 100 },
    ]);
    const { exchange } = exchangeOf('GET shop/x?y=1', ['x-a', '1']);
    exchange.id = 'r-1';
    expect(stage.request?.(exchange)).to.equal(undefined);
    exchange.request.headers.set('x-a', '2');
    expect(sent.map(({ upstream }) => upstream)).to.deep.equal(['a', 'b']);
    const copy = sent[0]?.exchange;
    expect(copy).not.to.equal(exchange);
    expect(copy?.request).to.include({ method: 'GET', path: '/x', query: 'y=1' });
    expect(copy?.request.headers.flat).to.deep.equal(['x-a', '1']);
    expect([copy?.id, copy?.client.address]).to.deep.equal(['r-1', '192.0.2.1']);
    await eventually('both are counted', () => site.counted['mirrored'] === 2);
  });

  it('count what fails, and tell nobody', async () => {
    const { stage, site } = world([{ upstream: 'a', percent: 100 }], () => Promise.reject(new Error('away')));
    expect(stage.request?.(exchangeOf('GET shop/').exchange)).to.equal(undefined);
    await eventually('it is counted', () => site.counted['failed'] === 1);
  });

  it('take a share of the requests', () => {
    const { stage, sent } = world([
      { upstream: 'a', percent: 20 },
      { upstream: 'none', percent: 0 },
    ]);
    for (let i = 0; i < 200; i++) void stage.request?.(exchangeOf('GET shop/').exchange);
    // Binomial(200, 0.2): six standard deviations are 34.
    expect(sent.length).to.be.within(6, 74);
    expect(sent.every(({ upstream }) => upstream === 'a')).to.equal(true);
  });

  it('have no more in flight than they may', () => {
    const { stage, sent, site } = world([{ upstream: 'a', percent: 100 }], () => new Promise(() => {}));
    for (let i = 0; i < 300; i++) void stage.request?.(exchangeOf('GET shop/').exchange);
    expect([sent.length, site.counted['skipped']]).to.deep.equal([256, 44]);
  });

  it('leave large bodies and upgrades alone', () => {
    const { stage, sent, site } = world([{ upstream: 'a', percent: 100 }]);
    const large = exchangeOf('PUT shop/').exchange;
    const body = sized(300 << 10);
    large.requestBody = body;
    void stage.request?.(large);
    expect(large.requestBody).to.equal(body);
    const upgrade = exchangeOf('GET shop/').exchange;
    upgrade.upgrade = { protocol: 'websocket', bytes: sized(undefined) };
    void stage.request?.(upgrade);
    expect([sent.length, site.counted['skipped']]).to.deep.equal([0, 2]);
  });
});
