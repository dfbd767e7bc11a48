/** Modules that never end, each in another way: what a deadline must stop. Written in the binary format (core specification 5). */

const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const text = (value: string): number[] => [...leb(value.length), ...Buffer.from(value)];
const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];

/** Type 0: nothing to nothing. 1: i32 to nothing. 2: i32 to i32. */
const types = [3, 0x60, 0, 0, 0x60, 1, 0x7f, 0, 0x60, 1, 0x7f, 1, 0x7f];

interface Func {
  readonly type: 0 | 1 | 2;
  readonly locals?: readonly number[];
  readonly body: readonly number[];
}

interface Shape {
  readonly funcs: readonly Func[];
  /** Function 0 lies in a table. */
  readonly table?: boolean;
  readonly global?: boolean;
}

/** The last function is exported as `f`. */
function assemble({ funcs, table = false, global = false }: Shape): Buffer {
  const bodies = funcs.map(({ locals = [0], body }) => [...locals, ...body, 0x0b]);
  return Buffer.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, types),
    ...section(3, [...leb(funcs.length), ...funcs.map(({ type }) => type)]),
    ...(table ? section(4, [1, 0x70, 0, 1]) : []),
    ...section(5, [1, 0, 1]),
    ...(global ? section(6, [1, 0x7f, 1, 0x41, 0, 0x0b]) : []),
    ...section(7, [2, ...text('f'), 0, ...leb(funcs.length - 1), ...text('memory'), 2, 0]),
    ...(table ? section(9, [1, 0, 0x41, 0, 0x0b, 1, 0]) : []),
    ...section(10, [...leb(funcs.length), ...bodies.flatMap((body) => [...leb(body.length), ...body])]),
  ]);
}

const oneLocal = (type: number): number[] => [1, 1, type];
const get = [0x20, 0];
const set = [0x21, 0];
const less = [...get, 0x41, 1, 0x6b];
const callTwice = (callee: number): number[] => [...less, 0x10, callee, ...less, 0x10, callee];

const shapes: Readonly<Record<string, Shape>> = {
  'an empty loop': { funcs: [{ type: 0, body: [0x03, 0x40, 0x0c, 0, 0x0b] }] },
  'a loop that counts to 2^64': {
    funcs: [
      {
        type: 0,
        locals: oneLocal(0x7e),
        body: [0x03, 0x40, ...get, 0x42, 1, 0x7c, 0x22, 0, 0x42, 0x7f, 0x52, 0x0d, 0, 0x0b],
      },
    ],
  },
  'loops within a loop': {
    funcs: [
      {
        type: 0,
        locals: oneLocal(0x7f),
        body: [
          0x03,
          0x40,
          0x41,
          0,
          ...set,
          0x03,
          0x40,
          ...get,
          0x41,
          1,
          0x6a,
          0x22,
          0,
          0x41,
          0xe4,
          0,
          0x49,
          0x0d,
          0,
          0x0b,
          0x0c,
          0,
          0x0b,
        ],
      },
    ],
  },
  'a loop that writes memory': {
    funcs: [
      {
        type: 0,
        locals: oneLocal(0x7f),
        body: [
          0x03,
          0x40,
          ...get,
          0x41,
          0xff,
          0xff,
          0,
          0x71,
          ...get,
          0x36,
          2,
          0,
          ...get,
          0x41,
          4,
          0x6a,
          ...set,
          0x0c,
          0,
          0x0b,
        ],
      },
    ],
  },
  'a loop of memory.fill': {
    funcs: [
      { type: 0, body: [0x03, 0x40, 0x41, 0, 0x41, 1, 0x41, 0x80, 0x80, 4, 0xfc, 11, 0, 0x0c, 0, 0x0b] },
    ],
  },
  'a loop by br_table': {
    funcs: [
      {
        type: 0,
        locals: oneLocal(0x7f),
        body: [
          0x03,
          0x40,
          0x02,
          0x40,
          0x02,
          0x40,
          ...get,
          0x0e,
          2,
          0,
          1,
          2,
          0x0b,
          0x0b,
          ...get,
          0x41,
          1,
          0x6a,
          0x41,
          3,
          0x70,
          ...set,
          0x0c,
          0,
          0x0b,
        ],
      },
    ],
  },
  'a function that calls itself twice': {
    funcs: [
      { type: 1, body: [...get, 0x04, 0x40, ...callTwice(0), 0x0b] },
      { type: 0, body: [0x41, 60, 0x10, 0] },
    ],
  },
  'two functions that call each other twice': {
    funcs: [
      { type: 1, body: [...get, 0x04, 0x40, ...callTwice(1), 0x0b] },
      { type: 1, body: [...get, 0x10, 0, ...get, 0x10, 0] },
      { type: 0, body: [0x41, 50, 0x10, 0] },
    ],
  },
  'a function that calls itself through a table': {
    funcs: [
      {
        type: 1,
        body: [...get, 0x04, 0x40, ...less, 0x41, 0, 0x11, 1, 0, ...less, 0x41, 0, 0x11, 1, 0, 0x0b],
      },
      { type: 0, body: [0x41, 60, 0x10, 0] },
    ],
    table: true,
  },
  'sixty functions, each calling the next twice': {
    funcs: Array.from({ length: 60 }, (_, i) => ({
      type: 0 as const,
      body: i === 0 ? [0x01] : [0x10, i - 1, 0x10, i - 1],
    })),
  },
  'a tail call of itself': {
    funcs: [
      { type: 1, body: [...get, 0x41, 1, 0x6a, 0x12, 0] },
      { type: 0, body: [0x41, 0, 0x10, 0] },
    ],
  },
  'a loop that catches everything': {
    funcs: [
      {
        type: 0,
        body: [
          0x03, 0x40, 0x02, 0x40, 0x1f, 0x40, 1, 2, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b, 0x0b, 0x0c, 0, 0x0b,
        ],
      },
    ],
  },
  'a loop of vectors': {
    funcs: [
      {
        type: 0,
        locals: oneLocal(0x7b),
        body: [0x03, 0x40, ...get, ...get, 0xfd, 0xae, 1, ...set, 0x0c, 0, 0x0b],
      },
    ],
  },
  'a loop over a global': {
    funcs: [{ type: 0, body: [0x03, 0x40, 0x23, 0, 0x41, 1, 0x6a, 0x24, 0, 0x0c, 0, 0x0b] }],
    global: true,
  },
};

export const loopShapes: Readonly<Record<string, Buffer>> = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, assemble(shape)]),
);
