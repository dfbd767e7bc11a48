import { expect } from 'chai';
import { memoryLimits, producersOf, sectionsOf } from '../../../src/wasm/vm/sections.ts';
import { builtModule } from '../world.ts';

const preamble = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const section = (id: number, ...bytes: number[]): number[] => [id, bytes.length, ...bytes];
const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const moduleOf = (...sections: number[][]): Uint8Array => Uint8Array.from([...preamble, ...sections.flat()]);

describe('sectionsOf', () => {
  it('names every section, and their sizes add up to the module', () => {
    const bytes = builtModule('hello');
    const sections = sectionsOf(bytes);
    expect(sections.map(({ name }) => name)).to.include.members([
      'type',
      'import',
      'memory',
      'export',
      'code',
      'data',
    ]);
    const sum = sections.reduce((total, { bytes: { length } }) => total + length, 0);
    expect(bytes.length - sum).to.be.within(8, 8 + 6 * sections.length);
  });

  it('takes the name of a custom section out of its contents', () => {
    const [own] = sectionsOf(moduleOf(section(0, ...text('mine'), 1, 2, 3)));
    expect(own).to.deep.equal({ name: 'mine', custom: true, bytes: Uint8Array.of(1, 2, 3) });
  });

  it('refuses a module that ends too early', () => {
    expect(() => sectionsOf(moduleOf([10, 5, 0]))).to.throw(RangeError, 'in the middle of a section');
    expect(() => sectionsOf(moduleOf([10, 0x80]))).to.throw(RangeError);
  });
});

describe('memoryLimits', () => {
  const cases = [
    ['no memory section', [], undefined],
    ['an empty one', [section(5, 0)], undefined],
    ['no maximum', [section(5, 1, 0, 2)], { initial: 131_072, maximum: undefined }],
    ['a maximum in two bytes', [section(5, 1, 1, 1, 0x80, 2)], { initial: 65_536, maximum: 16_777_216 }],
  ] as const;
  for (const [what, sections, limits] of cases) {
    it(`tells ${what}`, () =>
      expect(memoryLimits(sectionsOf(moduleOf(...sections.map((bytes) => [...bytes]))))).to.deep.equal(
        limits,
      ));
  }
});

describe('producersOf', () => {
  it('gives each tool with its version', () => {
    const body = [2, ...text('language'), 1, ...text('Rust'), ...text(''), ...text('processed-by')];
    const bytes = moduleOf(
      section(
        0,
        ...text('producers'),
        ...body,
        2,
        ...text('rustc'),
        ...text('1.9'),
        ...text('x'),
        ...text('2'),
      ),
    );
    expect(producersOf(sectionsOf(bytes))).to.deep.equal({
      language: ['Rust'],
      'processed-by': ['rustc 1.9', 'x 2'],
    });
  });

  it('is empty where nothing is told', () => expect(producersOf(sectionsOf(moduleOf()))).to.deep.equal({}));
});
