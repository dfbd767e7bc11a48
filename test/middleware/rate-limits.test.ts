import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { HeaderList } from '../../src/http/headers.ts';
import type { Stage } from '../../src/middleware/middleware.ts';
import { rateLimits } from '../../src/middleware/rate-limits.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

const plain = { scope: 'Process', fallback: 'Process' } as const;
const perHour = { ...plain, name: 'hourly', requests: 2, per: '1h' };

/** Lets a request in: undefined, or the failure. */
function ask(stage: Stage, exchange: Exchange = exchangeOf('GET shop/').exchange): LoomError | undefined {
  try {
    void stage.request?.(exchange);
    return undefined;
  } catch (error) {
    return error as LoomError;
  }
}

function fieldsOf(stage: Stage, exchange: Exchange): Record<string, string | undefined> {
  exchange.response = { status: 200, headers: new HeaderList() };
  void stage.response?.(exchange);
  const { headers } = exchange.response;
  return { limit: headers.get('ratelimit'), policy: headers.get('ratelimit-policy') };
}

describe('rateLimits', () => {
  it('lets as many through as there are tokens, and says when the next comes', () => {
    const site = testSite();
    const stage = rateLimits.compile([perHour], site);
    expect([ask(stage), ask(stage)]).to.deep.equal([undefined, undefined]);
    const refusal = ask(stage);
    expect(refusal).to.be.instanceOf(LoomError).and.to.include({ code: 'rate-limited' });
    expect(refusal?.retryAfterMs).to.be.within(1_799_000, 1_800_000);
    expect(site.counted).to.deep.equal({ passed: 2, limited: 1 });
  });

  it('tells the client what is left', () => {
    const stage = rateLimits.compile(
      [{ ...plain, name: 'day', requests: 24, per: '24h', burst: 3 }],
      testSite(),
    );
    const left = [1, 2, 3, 4].map(() => {
      const { exchange } = exchangeOf('GET shop/');
      ask(stage, exchange);
      return fieldsOf(stage, exchange);
    });
    expect(left.map(({ limit }) => limit)).to.deep.equal([
      '"day";r=2;t=3600',
      '"day";r=1;t=7200',
      '"day";r=0;t=10800',
      '"day";r=0;t=3600',
    ]);
    expect(left[0]?.['policy']).to.equal('"day";q=24;w=86400');
  });

  it('takes no token of any limit when one of them has none', () => {
    const { buckets } = testSite();
    const wide = { ...plain, name: 'wide', requests: 3, per: '1h' };
    const both = rateLimits.compile([wide, perHour], testSite({ buckets }));
    const { exchange } = exchangeOf('GET shop/');
    expect([ask(both), ask(both, exchange), ask(both)?.message, ask(both)?.message]).to.deep.equal([
      undefined,
      undefined,
      'too many requests: hourly',
      'too many requests: hourly',
    ]);
    expect(fieldsOf(both, exchange)).to.deep.equal({
      limit: '"wide";r=1;t=2400, "hourly";r=0;t=3600',
      policy: '"wide";q=3;w=3600, "hourly";q=2;w=3600',
    });
    const alone = rateLimits.compile([wide], testSite({ buckets }));
    expect([ask(alone), ask(alone)?.code]).to.deep.equal([undefined, 'rate-limited']);
  });

  it('keeps its buckets when the rule is compiled again, and makes new ones for new settings', () => {
    const { buckets } = testSite();
    const again = (settings = perHour, route = 'shop'): LoomError | undefined =>
      ask(rateLimits.compile([settings], testSite({ buckets, route })));
    expect([again(), again(), again()?.code]).to.deep.equal([undefined, undefined, 'rate-limited']);
    expect(again({ ...perHour, requests: 1 })).to.equal(undefined);
    expect(again(perHour, 'other')).to.equal(undefined);
  });

  it('has a bucket for each key', () => {
    const stage = rateLimits.compile(
      [{ ...perHour, requests: 1, key: [{ type: 'Header', name: 'x-key' }] }],
      testSite(),
    );
    const codes = ['a', 'b', 'a', 'b', 'c'].map(
      (key) => ask(stage, exchangeOf('GET shop/', ['x-key', key]).exchange)?.code,
    );
    expect(codes).to.deep.equal([undefined, undefined, 'rate-limited', 'rate-limited', undefined]);
  });

  it('adds nothing to a response of a request that no limit was asked about', () => {
    const stage = rateLimits.compile([perHour], testSite());
    expect(fieldsOf(stage, exchangeOf('GET shop/').exchange)).to.deep.equal({
      limit: undefined,
      policy: undefined,
    });
  });

  describe('of scope Global', () => {
    const settings = { ...perHour, scope: 'Global' } as const;
    const answering = (...answers: readonly (number | undefined)[]) => {
      const asked: string[] = [];
      const left = [...answers];
      const site = testSite({
        sharedBuckets: {
          take: (key) => {
            asked.push(key);
            return Promise.resolve(left.shift());
          },
          giveBack: (key) => void asked.push(`-${key}`),
        },
      });
      return { site, asked };
    };
    const outcome = async (stage: Stage, headers: string[] = []): Promise<string> => {
      try {
        await stage.request?.(exchangeOf('GET shop/', headers).exchange);
        return 'passed';
      } catch (error) {
        return (error as LoomError).code;
      }
    };

    it('does what the store says, and shows it nothing of the key', async () => {
      const { site, asked } = answering(10, -5);
      const key = [{ type: 'Header', name: 'authorization' }] as const;
      const stage = rateLimits.compile([{ ...settings, key }], site);
      const header = ['authorization', 'secret'];
      expect([await outcome(stage, header), await outcome(stage, header)]).to.deep.equal([
        'passed',
        'rate-limited',
      ]);
      expect(asked[0])
        .to.equal(asked[1])
        .and.to.match(/^loom:limit:[\w-]{27}$/);
      expect(site.counted).to.deep.equal({ fallback: 0, passed: 1, limited: 1 });
    });

    for (const [fallback, outcomes] of [
      ['Process', ['passed', 'passed', 'rate-limited']],
      ['Allow', ['passed', 'passed', 'passed']],
      ['Deny', ['rate-limited', 'rate-limited', 'rate-limited']],
    ] as const) {
      it(`falls back to ${fallback} when the store does not answer, and without one`, async () => {
        for (const site of [answering(undefined, undefined, undefined).site, testSite()]) {
          const stage = rateLimits.compile([{ ...settings, fallback }], site);
          expect([await outcome(stage), await outcome(stage), await outcome(stage)]).to.deep.equal(outcomes);
          expect(site.counted['fallback']).to.equal(3);
        }
      });
    }

    it('asks the process first, and the store not at all when that refuses', async () => {
      const { site, asked } = answering(1, 1, 1);
      const stage = rateLimits.compile([settings, { ...perHour, name: 'local', requests: 1 }], site);
      expect([await outcome(stage), await outcome(stage)]).to.deep.equal(['passed', 'rate-limited']);
      expect(asked).to.have.length(1);
    });
  });
});
