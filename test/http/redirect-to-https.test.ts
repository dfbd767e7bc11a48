import { expect } from 'chai';
import { redirectToHttps } from '../../src/http/redirect-to-https.ts';
import { exchangeOf } from '../support/requests.ts';

describe('redirectToHttps', () => {
  const cases: readonly (readonly [string, number, string[], string | undefined])[] = [
    ['GET shop.test/', 443, [], 'https://shop.test/'],
    ['POST shop.test:8080/a/b?x=1&y=%20', 443, [], 'https://shop.test/a/b?x=1&y=%20'],
    ['GET shop.test:80/', 8443, [], 'https://shop.test:8443/'],
    ['GET [::1]:8080/', 443, [], 'https://[::1]/'],
    ['GET [::1]/', 8443, [], 'https://[::1]:8443/'],
    ['GET shop.test/.well-known/acme-challenge/token', 443, [], undefined],
    ['GET shop.test/.well-known/acme-challenges', 443, [], 'https://shop.test/.well-known/acme-challenges'],
    ['GET shop.test/', 443, ['x-forwarded-proto', 'https'], undefined],
    ['GET shop.test/', 443, ['x-forwarded-proto', 'http'], 'https://shop.test/'],
    ['GET /', 443, [], undefined],
  ];
  for (const [line, port, headers, location] of cases) {
    it(`${line} ${headers.join(': ')} to ${port}: ${location ?? 'routed'}`, () => {
      const { exchange } = exchangeOf(line, headers);
      const reply = redirectToHttps(exchange, port)?.reply;
      expect(reply?.head.headers.get('location')).to.equal(location);
      expect(reply?.head.status).to.equal(location && 308);
    });
  }
});
