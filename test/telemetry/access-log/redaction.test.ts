import { expect } from 'chai';
import { Redaction } from '../../../src/telemetry/access-log/redaction.ts';

const redaction = new Redaction(['authorization'], ['token', 'api key']);

describe('redaction', () => {
  const queries: readonly (readonly [string, string])[] = [
    ['', ''],
    ['a=1&b=2', 'a=1&b=2'],
    ['token=1', 'token=***'],
    ['a=1&TOKEN=x=y&b=', 'a=1&TOKEN=***&b='],
    ['%74oken=1', '%74oken=***'],
    ['api+key=1&api%20key=2', 'api+key=***&api%20key=***'],
    ['token', 'token'],
    ['token=&token=1', 'token=***&token=***'],
    ['%zztoken=1', '%zztoken=1'],
    ['tokens=1', 'tokens=1'],
  ];
  for (const [query, shown] of queries) {
    it(`shows the query ${query} as ${shown}`, () => expect(redaction.query(query)).to.equal(shown));
  }

  const urls: readonly (readonly [string, string])[] = [
    ['/p', '/p'],
    ['https://a/p?token=1#token=2&x=3', 'https://a/p?token=***#token=***&x=3'],
    ['/p#token=2', '/p#token=***'],
  ];
  for (const [url, shown] of urls) {
    it(`shows the URL ${url} as ${shown}`, () =>
      expect(redaction.ofHeader('referer')?.(url)).to.equal(shown));
  }

  it('hides headers whole, and leaves others alone', () => {
    expect(redaction.ofHeader('authorization')?.('Bearer x')).to.equal('***');
    expect(redaction.ofHeader('accept')).to.equal(undefined);
  });
});
