/** The smallest modules: a memory and functions without parameters that do nothing, under any names (core specification 5.5). */
export function moduleBytes(
  functions: readonly string[],
  memory: string | null = 'memory',
  globalImport = false,
): Buffer {
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
  const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];
  const exports = [
    ...functions.flatMap((name, i) => [...text(name), 0, ...leb(i)]),
    ...(memory === null ? [] : [...text(memory), 2, 0]),
  ];
  return Buffer.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [1, 0x60, 0, 0]),
    ...(globalImport ? section(2, [1, ...text('env'), ...text('limit'), 3, 0x7f, 0]) : []),
    ...section(3, [...leb(functions.length), ...functions.map(() => 0)]),
    ...section(5, [1, 0, 1]),
    ...section(7, [...leb(functions.length + (memory === null ? 0 : 1)), ...exports]),
    ...section(10, [...leb(functions.length), ...functions.flatMap(() => [2, 0, 0x0b])]),
  ]);
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
