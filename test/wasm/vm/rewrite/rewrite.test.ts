import { expect } from 'chai';
import { checkOf } from '../../../../src/wasm/vm/rewrite/code.ts';
import { rewrite } from '../../../../src/wasm/vm/rewrite/rewrite.ts';
import { shapeOf } from '../../../../src/wasm/vm/rewrite/shape.ts';
import { builtModule } from '../../world.ts';
import { loopShapes } from '../loop-shapes.ts';

const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];
const magic = Array.from(Buffer.from('0061736d01000000', 'hex'));
const moduleOf = (...sections: readonly number[][]): Buffer => Buffer.from([...magic, ...sections.flat()]);

const oneType = section(1, [1, 0x60, 0, 0]);
const memory = section(5, [1, 0, 1]);
const bodyOf = (...instructions: readonly number[]): number[][] => [
  oneType,
  section(3, [1, 0]),
  memory,
  section(10, [1, ...leb(instructions.length + 2), 0, ...instructions, 0x0b]),
];
const checks = (bytes: Uint8Array): number =>
  Buffer.from(rewrite(bytes)).toString('hex').split(hexOfCheck).length - 1;
const hexOfCheck = Buffer.from(checkOf(false)).toString('hex');

describe('the rewriter', () => {
  const refused: readonly (readonly [string, Buffer, RegExp])[] = [
    ['no memory', moduleOf(oneType), /exports no memory/],
    ['two memories', moduleOf(section(5, [2, 0, 1, 0, 1])), /more than one memory/],
    ['a shared memory', moduleOf(section(5, [1, 3, 1, 1])), /a shared memory/],
    ['a 64-bit memory', moduleOf(section(5, [1, 4, 1])), /64-bit/],
    [
      'an imported memory',
      moduleOf(section(2, [1, ...text('env'), ...text('m'), 2, 0, 1])),
      /env\.m \(a memory\)/,
    ],
    [
      'an imported table',
      moduleOf(section(2, [1, ...text('env'), ...text('t'), 1, 0x70, 0, 1])),
      /env\.t \(a table\)/,
    ],
    ['a struct type', moduleOf(section(1, [1, 0x5f, 0]), memory), /garbage-collected types/],
    [
      'a huge table',
      moduleOf(section(4, [1, 0x70, 0, ...leb(100_001)]), memory),
      /a table of 100001 elements/,
    ],
    [
      'many tables',
      moduleOf(section(4, [17, ...Array.from({ length: 17 }, () => [0x70, 0, 1]).flat()]), memory),
      /more than 16 tables/,
    ],
    [
      'memory.atomic.wait',
      moduleOf(...bodyOf(0x41, 0, 0x41, 0, 0x42, 0, 0xfe, 1, 2, 0, 0x1a)),
      /waits for other threads/,
    ],
    ['i31 values', moduleOf(...bodyOf(0x41, 0, 0xfb, 0x1c, 0x1a)), /garbage-collected types/],
    ['an unknown instruction', moduleOf(...bodyOf(0xf0)), /does not know: 0xf0/],
    ['an unknown second opcode', moduleOf(...bodyOf(0xfc, 0x7f)), /does not know: 0xfc 0x7f/],
    ['an unknown section', moduleOf(memory, section(14, [0])), /a section that Loom does not know: 14/],
  ];
  for (const [what, bytes, message] of refused) {
    it(`refuses ${what} and says why`, () => {
      expect(() => rewrite(bytes)).to.throw(message);
    });
  }

  for (const [name, bytes] of Object.entries(loopShapes)) {
    it(`leaves a valid module of ${name}`, () => {
      expect(WebAssembly.validate(bytes)).to.equal(true);
      expect(WebAssembly.validate(rewrite(bytes))).to.equal(true);
      expect(checks(bytes)).to.be.greaterThan(0);
    });
  }

  it('looks at the deadline once for each loop, and at the entries of functions that could run on only', () => {
    expect(checks(loopShapes['loops within a loop'] as Buffer), 'two loops and the export').to.equal(3);
    expect(checks(loopShapes['a tail call of itself'] as Buffer), 'the cycle and the export').to.equal(2);
    const straight = moduleOf(
      oneType,
      section(3, [2, 0, 0]),
      memory,
      section(10, [2, 2, 0, 0x0b, 4, 0, 0x10, 0, 0x0b]),
    );
    expect(checks(straight)).to.equal(0);
  });

  it('keeps what the module was: exports, imports before its memories, the names of its functions', () => {
    const bytes = builtModule('scripted');
    const [before, after] = [new WebAssembly.Module(bytes), new WebAssembly.Module(rewrite(bytes))];
    const own = WebAssembly.Module.exports(after).filter(({ name }) => !name.startsWith('loom.'));
    expect(own).to.deep.equal(WebAssembly.Module.exports(before));
    expect(WebAssembly.Module.imports(after)).to.deep.equal([
      ...WebAssembly.Module.imports(before),
      { module: 'loom', name: 'memory', kind: 'memory' },
      { module: 'loom', name: 'epoch', kind: 'memory' },
    ]);
    expect(WebAssembly.Module.customSections(after, 'name')).to.deep.equal(
      WebAssembly.Module.customSections(before, 'name'),
    );
  });

  it('drops what refers to places in the code, and a section that passes for its own', () => {
    const custom = (name: string): number[] => section(0, [...text(name), 1, 2, 3]);
    const bytes = moduleOf(
      ...bodyOf(0x01),
      custom('.debug_line'),
      custom('metadata.code.branch_hint'),
      custom('loom'),
      custom('producers'),
    );
    const module = new WebAssembly.Module(rewrite(bytes));
    for (const gone of ['.debug_line', 'metadata.code.branch_hint'])
      expect(WebAssembly.Module.customSections(module, gone)).to.have.length(0);
    expect(WebAssembly.Module.customSections(module, 'producers')).to.have.length(1);
    expect(shapeOf(module)).to.deep.equal({ initialPages: 1, maximumPages: 65_536, globals: [] });
  });

  it('bounds a table that has no end', () => {
    const table = moduleOf(section(4, [1, 0x70, 0, 1]), memory, section(7, [1, ...text('t'), 1, 0]));
    const epoch = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(rewrite(table)), {
      loom: { memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }), epoch },
    });
    const grow = (by: number): unknown => (exports['t'] as { grow(by: number): number }).grow(by);
    expect(grow(99_999)).to.equal(1);
    expect(() => grow(1)).to.throw(RangeError);
  });
});
