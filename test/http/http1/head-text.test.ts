import { expect } from 'chai';
import { HeaderList } from '../../../src/http/headers.ts';
import { fieldLines } from '../../../src/http/http1/head-text.ts';
import { readRequestHead } from '../../../src/http/http1/request-head.ts';

const head = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: \xfc\r\n\r\n', 'latin1');
const ofWire = (): HeaderList => readRequestHead(head, 0, 'http').head.headers;

describe('fieldLines', () => {
  it('writes what was read as it was', () => {
    expect(fieldLines(ofWire())).to.equal('x-a: 1\r\nx-b: \xfc\r\n');
  });

  const illegal = ['a\nb', 'a\r\nb: c', 'a\0', '\x7f', '\u0100'];
  const changes: Readonly<Record<string, (headers: HeaderList, value: string) => void>> = {
    'was appended to': (headers, value) => headers.append('x-c', value),
    'was set in': (headers, value) => headers.set('x-a', value),
  };
  for (const value of illegal) {
    for (const [what, change] of Object.entries(changes)) {
      it(`refuses ${JSON.stringify(value)} that ${what} a list off the wire`, () => {
        const headers = ofWire();
        change(headers, value);
        expect(() => fieldLines(headers)).to.throw('cannot be sent');
      });
    }
    it(`refuses ${JSON.stringify(value)} in a list that was made of it, and in a copy`, () => {
      expect(() => fieldLines(new HeaderList(['x', value]))).to.throw('cannot be sent');
      expect(() => fieldLines(new HeaderList(['x', value]).copy())).to.throw('cannot be sent');
    });
  }
});
