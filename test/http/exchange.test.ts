import { expect } from 'chai';
import { LoomError } from '../../src/errors.ts';
import { HeaderList } from '../../src/http/headers.ts';
import { exchangeOf } from '../support/requests.ts';

const gone = new Error('gone');

describe('Exchange', () => {
  it('remembers what the client asked for, whatever the request becomes', () => {
    const { exchange } = exchangeOf('GET shop/cart');
    Object.assign(exchange.request, { method: 'POST', authority: 'other', path: '/x' });
    expect(exchange.original).to.deep.equal({ method: 'GET', authority: 'shop', path: '/cart', query: '' });
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

  describe('whoever waits beside the party that works on it', () => {
    it('hears of the abort, whatever that party does with its own listener, until it listens no more', () => {
      const heard: string[] = [];
      const { exchange } = exchangeOf('GET a/');
      const first = exchange.whenAborted(() => void heard.push('first'));
      exchange.whenAborted(() => void heard.push('second'));
      exchange.onAbort(() => void heard.push('party'));
      exchange.onAbort(undefined);
      first();
      exchange.abort(new Error('gone'));
      exchange.whenAborted(() => void heard.push('late'));
      expect(heard).to.deep.equal(['second', 'late']);
    });
  });

  it('can be interrupted once, before there is a response', () => {
    const { exchange } = exchangeOf('GET a/');
    const heard: Error[] = [];
    exchange.onAbort((reason) => void heard.push(reason));
    const [one, two] = [new LoomError('plugin-failed'), new LoomError('internal')];
    exchange.interrupt(one);
    exchange.interrupt(two);
    expect([heard, exchange.aborted]).to.deep.equal([[one], undefined]);
    const begun = exchangeOf('GET a/').exchange;
    begun.response = { status: 200, headers: new HeaderList() };
    begun.interrupt(one);
    expect(begun.interruption).to.equal(undefined);
  });

  it('is reset on both sides', () => {
    const { exchange, wire } = exchangeOf('GET a/');
    const reason = new LoomError('plugin-reset');
    exchange.reset(reason);
    expect([exchange.aborted, wire.wasReset]).to.deep.equal([reason, reason]);
  });
});
