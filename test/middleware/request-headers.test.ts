import { expect } from 'chai';
import { HeaderList } from '../../src/http/headers.ts';
import { requestHeaders } from '../../src/middleware/request-headers.ts';
import { exchangeOf } from '../support/requests.ts';
import { testSite } from './site.ts';

describe('requestHeaders', () => {
  it('changes the fields of the request and no others', () => {
    const { exchange } = exchangeOf('GET shop.example.com/', ['x-a', '1']);
    exchange.response = { status: 200, headers: new HeaderList(['x-a', '1']) };
    const stage = requestHeaders.compile(
      {
        set: [{ name: 'X-A', value: '2' }],
        add: [{ name: 'x-b', value: '3' }],
      },
      testSite(),
    );
    void stage.request?.(exchange);
    expect(exchange.request?.headers.flat).to.deep.equal(['x-a', '2', 'x-b', '3']);
    expect(exchange.response?.headers.flat).to.deep.equal(['x-a', '1']);
  });
});
