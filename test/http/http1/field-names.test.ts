import { expect } from 'chai';
import { fieldName } from '../../../src/http/http1/field-names.ts';

const read = (text: string, start = 0, end = text.length) =>
  fieldName(Buffer.from(text, 'latin1'), start, end);

describe('fieldName', () => {
  const cases = [
    ['Content-Type', 'content-type'],
    ['content-type', 'content-type'],
    ['HOST', 'host'],
    ['x', 'x'],
    // Bit 5 tells letters apart from these, and not their cases.
    ['^_`|~', '^_`|~'],
    ['X-Very-Long'.padEnd(100, 'g'), 'x-very-long'.padEnd(100, 'g')],
  ] as const;
  for (const [text, name] of cases) {
    it(`reads ${text.slice(0, 20)}, the first time and then`, () => {
      expect([read(text), read(text), read(text.toUpperCase())]).to.eql([name, name, name]);
    });
  }

  it('reads the part that it is told', () => {
    expect(read('a: b\r\nAccept: c', 6, 12)).to.equal('accept');
  });

  it('does not take one name for another that shares its place', () => {
    // Same length, first, middle and last octet.
    for (const name of ['x-abc-d', 'x-bbc-d', 'x-abb-d', 'X_ABC-D', 'x\x1eabc-d'])
      expect(read(name)).to.equal(name.toLowerCase());
  });

  it('reads any octets that are a token', () => {
    for (let code = 0x21; code < 0x7f; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      expect(read(text)).to.equal(text.toLowerCase());
    }
  });
});
