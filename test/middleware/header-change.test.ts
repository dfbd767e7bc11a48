import { expect } from 'chai';
import { HeaderList } from '../../src/http/headers.ts';
import { compileHeaderChange } from '../../src/middleware/header-change.ts';

describe('compileHeaderChange', () => {
  it('removes, then sets, then adds, whatever the case of the names', () => {
    const headers = new HeaderList(['x-a', '1', 'x-b', '2', 'x-a', '3', 'x-c', '4']);
    compileHeaderChange({
      add: [{ name: 'X-C', value: '5' }],
      set: [{ name: 'X-A', value: 'new' }],
      remove: ['X-B', 'X-A'],
    })(headers);
    expect(headers.flat).to.deep.equal(['x-c', '4', 'x-a', 'new', 'x-c', '5']);
  });

  it('leaves the fields alone that frame a message', () => {
    const flat = ['content-length', '5', 'connection', 'close', 'transfer-encoding', 'chunked'];
    const headers = new HeaderList(flat.slice());
    compileHeaderChange({
      remove: ['Content-Length', 'Connection'],
      set: [{ name: 'Transfer-Encoding', value: 'identity' }],
      add: [{ name: 'Host', value: 'evil' }],
    })(headers);
    expect(headers.flat).to.deep.equal(flat);
  });
});
