import { expect } from 'chai';
import { acceptedType } from '../../src/middleware/accepted-type.ts';

describe('acceptedType', () => {
  const types = ['application/json', 'text/html', 'text/plain'];
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const cases: readonly (readonly [string | undefined, number])[] = [
    [undefined, 0],
    ['', 0],
    ['*/*', 0],
    [browser, 1],
    ['text/*', 1],
    ['text/*;q=0.5, text/plain', 2],
    ['text/html;q=0, text/*', 2],
    ['application/json;q=0.1, text/plain;q=0.2', 2],
    ['image/png', 0],
    ['TEXT/HTML', 1],
    ['text/html;q=7, text/plain;q=0.1', 2],
  ];
  for (const [accept, chosen] of cases) {
    it(`takes ${types[chosen]} for ${accept === undefined ? 'no field' : `'${accept}'`}`, () =>
      expect(acceptedType(accept, types)).to.equal(chosen));
  }
});
