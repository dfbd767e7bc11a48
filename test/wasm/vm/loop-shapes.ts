/** Modules that never end, each in another way: what a deadline must stop. Written in the binary format (core specification 5). */

const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const text = (value: string): number[] => [...leb(value.length), ...Buffer.from(value)];
const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];
const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Type 0: nothing to nothing. 1: i32 to nothing. */
const types = [2, 0x60, 0, 0, 0x60, 1, 0x7f, 0];

interface Shape {
  /** The type, then the locals and instructions in hex. */
  readonly funcs: readonly string[];
  /** Function 0 lies in a table. */
  readonly table?: boolean;
  readonly global?: boolean;
}

/** The last function is exported as `f`. */
function assemble({ funcs, table = false, global = false }: Shape): Buffer {
  const typesOf = funcs.map((func) => Number(func.slice(0, 1)));
  const bodies = funcs.map((func) => [...Buffer.from(func.slice(2).replaceAll(' ', ''), 'hex'), 0x0b]);
  const magic = Array.from(Buffer.from('0061736d01000000', 'hex'));
  return Buffer.from([
    ...magic,
    ...section(1, types),
    ...section(3, [...leb(funcs.length), ...typesOf]),
    ...(table ? section(4, [1, 0x70, 0, 1]) : []),
    ...section(5, [1, 0, 1]),
    ...(global ? section(6, [1, 0x7f, 1, 0x41, 0, 0x0b]) : []),
    ...section(7, [2, ...text('f'), 0, ...leb(funcs.length - 1), ...text('memory'), 2, 0]),
    ...(table ? section(9, [1, 0, 0x41, 0, 0x0b, 1, 0]) : []),
    ...section(10, [...leb(funcs.length), ...bodies.flatMap((body) => [...leb(body.length), ...body])]),
  ]);
}

const shapes: Readonly<Record<string, Shape>> = {
  'an empty loop': { funcs: ['0 00 03 40 0c 00 0b'] },
  'a loop that counts to 2^64': { funcs: ['0 01 01 7e 03 40 20 00 42 01 7c 22 00 42 7f 52 0d 00 0b'] },
  'loops within a loop': {
    funcs: ['0 01 01 7f 03 40 41 00 21 00 03 40 20 00 41 01 6a 22 00 41 e4 00 49 0d 00 0b 0c 00 0b'],
  },
  'a loop that writes memory': {
    funcs: ['0 01 01 7f 03 40 20 00 41 ff ff 00 71 20 00 36 02 00 20 00 41 04 6a 21 00 0c 00 0b'],
  },
  'a loop of memory.fill': { funcs: ['0 00 03 40 41 00 41 01 41 80 80 04 fc 0b 00 0c 00 0b'] },
  'a loop by br_table': {
    funcs: ['0 01 01 7f 03 40 02 40 02 40 20 00 0e 02 00 01 02 0b 0b 20 00 41 01 6a 41 03 70 21 00 0c 00 0b'],
  },
  'a function that calls itself twice': {
    funcs: ['1 00 20 00 04 40 20 00 41 01 6b 10 00 20 00 41 01 6b 10 00 0b', '0 00 41 3c 10 00'],
  },
  'two functions that call each other twice': {
    funcs: [
      '1 00 20 00 04 40 20 00 41 01 6b 10 01 20 00 41 01 6b 10 01 0b',
      '1 00 20 00 10 00 20 00 10 00',
      '0 00 41 32 10 00',
    ],
  },
  'a function that calls itself through a table': {
    funcs: [
      '1 00 20 00 04 40 20 00 41 01 6b 41 00 11 01 00 20 00 41 01 6b 41 00 11 01 00 0b',
      '0 00 41 3c 10 00',
    ],
    table: true,
  },
  'sixty functions, each calling the next twice': {
    funcs: Array.from({ length: 60 }, (_, i) =>
      i === 0 ? '0 00 01' : `0 00 10 ${hex(i - 1)} 10 ${hex(i - 1)}`,
    ),
  },
  'a tail call of itself': { funcs: ['1 00 20 00 41 01 6a 12 00', '0 00 41 00 10 00'] },
  'a loop that catches everything': {
    funcs: ['0 00 03 40 02 40 1f 40 01 02 00 03 40 0c 00 0b 0b 0b 0c 00 0b'],
  },
  'a loop of vectors': { funcs: ['0 01 01 7b 03 40 20 00 20 00 fd ae 01 21 00 0c 00 0b'] },
  'a loop over a global': { funcs: ['0 00 03 40 23 00 41 01 6a 24 00 0c 00 0b'], global: true },
};

export const loopShapes: Readonly<Record<string, Buffer>> = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, assemble(shape)]),
);
