import { expect } from 'chai';
import { HeaderList } from '../../src/http/headers.ts';
import { compileHeaderChange } from '../../src/middleware/header-change.ts';
import { exchangeOf } from '../support/requests.ts';

describe('compileHeaderChange', () => {
  const { exchange } = exchangeOf('GET shop/users/7', ['x-in', 'a']);
  exchange.params = { id: '7' };

  it('fills in what the request has', () => {
    const headers = new HeaderList();
    compileHeaderChange({
      set: [{ name: 'x-user', value: 'user-${param.id} of ${request.host}' }],
      add: [{ name: 'x-user', value: '${header.X-In}${header.x-none}' }],
    })(headers, exchange);
    expect(headers.flat).to.deep.equal(['x-user', 'user-7 of shop', 'x-user', 'a']);
  });

  it('removes, then sets, then adds, whatever the case of the names', () => {
    const headers = new HeaderList(['x-a', '1', 'x-b', '2', 'x-a', '3', 'x-c', '4']);
    compileHeaderChange({
      add: [{ name: 'X-C', value: '5' }],
      set: [{ name: 'X-A', value: 'new' }],
      remove: ['X-B', 'X-A'],
    })(headers, exchange);
    expect(headers.flat).to.deep.equal(['x-c', '4', 'x-a', 'new', 'x-c', '5']);
  });

  it('leaves the fields alone that frame a message', () => {
    const flat = ['content-length', '5', 'connection', 'close', 'transfer-encoding', 'chunked'];
    const headers = new HeaderList(flat.slice());
    compileHeaderChange({
      remove: ['Content-Length', 'Connection'],
      set: [{ name: 'Transfer-Encoding', value: 'identity' }],
      add: [{ name: 'Host', value: 'evil' }],
    })(headers, exchange);
    expect(headers.flat).to.deep.equal(flat);
  });
});
