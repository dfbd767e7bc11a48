import { expect } from 'chai';
import { lowerCase, TextTable } from '../../../src/wasm/vm/texts.ts';
import { randomOf, seedFor } from '../world.ts';

describe('text table', () => {
  it('gives each text in its form, whatever it has seen before', () => {
    const random = randomOf(seedFor('text table'));
    const table = new TextTable(lowerCase);
    const letters = 'aAbBcC-\xff\x80';
    for (let i = 0; i < 20_000; i++) {
      const size = Math.floor(random() * 5) + (random() < 0.01 ? 62 : 0);
      const text = Array.from({ length: size }, () => letters[Math.floor(random() * letters.length)]).join(
        '',
      );
      const bytes = Buffer.from(`..${text}..`, 'latin1');
      expect(table.get(bytes, 2, text.length)).to.equal(text.toLowerCase());
    }
  });

  it('tells names apart that share a place', () => {
    const table = new TextTable(lowerCase);
    const names = Array.from({ length: 5000 }, (_, i) => `x-${i}`);
    for (const name of [...names, ...names]) {
      expect(table.get(Buffer.from(name), 0, name.length)).to.equal(name);
    }
  });
});
