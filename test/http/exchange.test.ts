import { expect } from 'chai';
import { exchangeOf } from '../support/requests.ts';

const gone = new Error('gone');

describe('Exchange', () => {
  it('remembers what the client asked for, whatever the request becomes', () => {
    const { exchange } = exchangeOf('GET shop/cart');
    Object.assign(exchange.request, { method: 'POST', authority: 'other', path: '/x' });
    expect(exchange.original).to.deep.equal({ method: 'GET', authority: 'shop', path: '/cart' });
  });

  it('tells the last listener that the client is gone, once', () => {
    const { exchange } = exchangeOf('GET shop/');
    const told: string[] = [];
    exchange.onAbort(() => told.push('first'));
    exchange.onAbort((reason) => told.push(reason.message));
    exchange.abort(gone);
    exchange.abort(new Error('again'));
    expect([told, exchange.aborted]).to.deep.equal([['gone'], gone]);
  });

  it('tells a listener that comes late at once', () => {
    const { exchange } = exchangeOf('GET shop/');
    exchange.abort(gone);
    let told: Error | undefined;
    exchange.onAbort((reason) => (told = reason));
    expect(told).to.equal(gone);
  });

  it('tells nobody after the listener was taken away', () => {
    const { exchange } = exchangeOf('GET shop/');
    exchange.onAbort(() => expect.fail('told'));
    exchange.onAbort(undefined);
    exchange.abort(gone);
    expect(exchange.aborted).to.equal(gone);
  });
});
