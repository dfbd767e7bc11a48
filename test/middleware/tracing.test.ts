import { expect } from 'chai';
import type { Exchange } from '../../src/http/exchange.ts';
import { tracing } from '../../src/middleware/tracing.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

describe('tracing', () => {
  it('has each request decided anew, with the ratio of the rule', () => {
    const decided: (readonly [number, Exchange])[] = [];
    const site = testSite({ resample: (ratio) => (exchange) => void decided.push([ratio, exchange]) });
    const stage = tracing.compile({ samplePercent: 25 }, site);
    const { exchange } = exchangeOf('GET a/');
    expect(stage.request?.(exchange)).to.equal(undefined);
    expect(decided).to.deep.equal([[0.25, exchange]]);
  });

  it('does nothing where there is no tracing', () => {
    expect(tracing.compile({ samplePercent: 25 }, testSite())).to.deep.equal({ name: 'tracing' });
  });
});
