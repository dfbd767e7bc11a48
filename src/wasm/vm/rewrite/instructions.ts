import { ModuleRefused, type Reader } from './reader.ts';

/** The instructions that the rewriter must tell apart (core specification 5.4). */
export const op = {
  unreachable: 0x00,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  call: 0x10,
  returnCall: 0x12,
  tableSet: 0x26,
  i32Load: 0x28,
  i32Const: 0x41,
  i32LtS: 0x48,
  refFunc: 0xd2,
  numeric: 0xfc,
  threads: 0xfe,
} as const;

/** Second opcodes after 0xfc that change tables or drop segments: what cannot be put back. */
const lasting: ReadonlySet<number> = new Set([9, 12, 13, 14, 15, 17]);

/** Whether the instruction, whose opcode was just read, changes more of an instance than memory and globals. */
export const isLasting = (reader: Reader, opcode: number): boolean =>
  opcode === op.tableSet || (opcode === op.numeric && lasting.has(reader.peek()));

/** What follows an opcode. */
const kind = {
  refused: 0,
  nothing: 1,
  number: 2,
  twoNumbers: 3,
  block: 4,
  memory: 5,
  fourBytes: 6,
  eightBytes: 7,
  branchTable: 8,
  valueTypes: 9,
  tryTable: 10,
  numeric: 11,
  vector: 12,
  threads: 13,
} as const;

const kinds = new Uint8Array(256);
function are(what: number, ...codes: readonly (number | readonly [number, number])[]): void {
  for (const code of codes) {
    const [from, to] = typeof code === 'number' ? [code, code] : code;
    kinds.fill(what, from, to + 1);
  }
}
are(kind.nothing, 0x00, 0x01, 0x05, 0x0a, 0x0b, 0x0f, 0x19, 0x1a, 0x1b, [0x45, 0xc4], 0xd1, 0xd4);
are(kind.number, [0x07, 0x09], 0x0c, 0x0d, 0x10, 0x12, 0x14, 0x15, 0x18, [0x20, 0x26], 0x3f, 0x40, 0x41);
are(kind.number, 0x42, 0xd0, 0xd2, 0xd5, 0xd6);
are(kind.twoNumbers, 0x11, 0x13);
are(kind.block, 0x02, 0x03, 0x04, 0x06);
are(kind.memory, [0x28, 0x3e]);
are(kind.fourBytes, 0x43);
are(kind.eightBytes, 0x44);
are(kind.branchTable, 0x0e);
are(kind.valueTypes, 0x1c);
are(kind.tryTable, 0x1f);
are(kind.numeric, 0xfc);
are(kind.vector, 0xfd);
are(kind.threads, 0xfe);

/** Numbers after 0xfc and the second opcode: saturating truncation, then bulk memory and tables. */
const numericNumbers = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Moves past the immediates of an instruction whose opcode was just read. Throws ModuleRefused for one that it does not know. */
export function skipImmediates(reader: Reader, opcode: number): void {
  switch (kinds[opcode]) {
    case kind.nothing:
      return;
    case kind.number:
      return reader.skipNumber();
    case kind.twoNumbers:
      return reader.skipNumbers(2);
    case kind.block:
      return reader.skipBlockType();
    case kind.memory:
      return skipMemoryArgument(reader);
    case kind.fourBytes:
      reader.at += 4;
      return;
    case kind.eightBytes:
      reader.at += 8;
      return;
    case kind.branchTable:
      return reader.skipNumbers(reader.u32() + 1);
    case kind.valueTypes:
      for (let left = reader.u32(); left > 0; left--) reader.skipValueType();
      return;
    case kind.tryTable:
      return skipTryTable(reader);
    case kind.numeric:
      return skipNumeric(reader);
    case kind.vector:
      return skipVector(reader);
    case kind.threads:
      return skipThreads(reader);
    default:
      throw opcode === 0xfb || opcode === 0xd3
        ? new ModuleRefused('the module uses garbage-collected types, which do not count as its memory')
        : new ModuleRefused(
            `the module has an instruction that Loom does not know: 0x${opcode.toString(16)}`,
          );
  }
}

/** Alignment with a flag for an explicit memory, offset. */
function skipMemoryArgument(reader: Reader): void {
  if (reader.u32() & 0x40) reader.skipNumber();
  reader.skipNumber();
}

function skipTryTable(reader: Reader): void {
  reader.skipBlockType();
  for (let left = reader.u32(); left > 0; left--) reader.skipNumbers(reader.byte() < 2 ? 2 : 1);
}

function skipNumeric(reader: Reader): void {
  const second = reader.u32();
  const numbers = numericNumbers[second];
  if (numbers === undefined) throw unknown(0xfc, second);
  reader.skipNumbers(numbers);
}

/** 5.4.9; relaxed operations up to 0x113 included. */
function skipVector(reader: Reader): void {
  const second = reader.u32();
  if (second <= 11 || second === 92 || second === 93) skipMemoryArgument(reader);
  else if (second === 12 || second === 13) reader.at += 16;
  else if (second >= 21 && second <= 34) reader.at++;
  else if (second >= 84 && second <= 91) {
    skipMemoryArgument(reader);
    reader.at++;
  } else if (second > 0x113) throw unknown(0xfd, second);
}

function skipThreads(reader: Reader): void {
  const second = reader.u32();
  if (second === 1 || second === 2) throw new ModuleRefused('the module waits for other threads');
  if (second === 3) reader.at++;
  else if (second === 0 || (second >= 0x10 && second <= 0x4e)) skipMemoryArgument(reader);
  else throw unknown(0xfe, second);
}

const unknown = (first: number, second: number): ModuleRefused =>
  new ModuleRefused(
    `the module has an instruction that Loom does not know: 0x${first.toString(16)} 0x${second.toString(16)}`,
  );
