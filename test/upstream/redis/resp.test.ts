import { expect } from 'chai';
import { commandName, respCommand, respEnd } from '../../../src/upstream/redis/resp.ts';

const crlf = (text: string): Buffer => Buffer.from(text.replaceAll('|', '\r\n'));

describe('RESP', () => {
  const values = [
    '+OK|',
    '-ERR no|',
    ':42|',
    '$5|hello|',
    '$-1|',
    '$0||',
    '*0|',
    '*-1|',
    '*3|:1|$2|ab|*1|+x|',
    '%1|+a|:1|',
    '~2|:1|:2|',
    '#t|',
    ',3.14|',
    '_|',
    '(123|',
    '=7|txt:abc|',
  ];
  for (const text of values) {
    it(`finds the end of ${text}, and of nothing less`, () => {
      const bytes = crlf(text);
      expect(respEnd(Buffer.concat([bytes, crlf('+next|')]), 0)).to.equal(bytes.length);
      for (let size = 0; size < bytes.length; size++) {
        const end = respEnd(bytes.subarray(0, size), 0);
        expect(end).to.be.above(size).and.most(bytes.length);
      }
    });
  }

  for (const [name, text] of [
    ['an unknown type', 'x|'],
    ['a length that is no number', '$a|'],
    ['a bare line feed', '+OK\n'],
    ['a deep nest', '*1|'.repeat(40)],
  ] as const) {
    it(`refuses ${name}`, () => {
      expect(() => respEnd(crlf(text), 0)).to.throw();
    });
  }

  it('names the command', () => {
    expect(commandName(respCommand('get', 'a'))).to.equal('GET');
    expect(commandName(respCommand('JSON.SET', 'ä'))).to.equal('JSON.SET');
    expect(commandName(Buffer.concat([respCommand('GET', 'a'), respCommand('GET', 'b')]))).to.equal(
      undefined,
    );
    expect(commandName(Buffer.alloc(0))).to.equal(undefined);
  });
});
