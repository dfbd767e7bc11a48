import { skipImmediates, op } from './instructions.ts';
import { ModuleRefused, Reader, type Limits } from './reader.ts';

/** Ids of sections (core specification 5.5.2). */
export const section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

export interface Section {
  readonly id: number;
  /** Of the id. */
  readonly head: number;
  readonly body: number;
  readonly end: number;
}

/** What the rewriter must know of a module before it writes. */
export interface ModuleMap {
  readonly sections: readonly Section[];
  readonly importedFunctions: number;
  readonly memory: Limits;
  /** Indices of the globals that the module may change and the host can read; undefined when it has others that it may change. */
  readonly mutableGlobals: readonly number[] | undefined;
  /** By function index: whether something but a direct call may call it. */
  readonly reachable: Uint8Array;
}

/** What a table may have at most; each element costs the host about 24 bytes that no limit of memory counts. */
export const maxTableSize = 100_000;
const maxTables = 16;

/** Reads all sections but code and data. Throws ModuleRefused for what Loom does not run. */
export function mapModule(bytes: Uint8Array): ModuleMap {
  const sections = split(bytes);
  const reader = new Reader(bytes);
  const at = (id: number): number => {
    const found = sections.find((one) => one.id === id);
    if (!found) return 0;
    reader.at = found.body;
    return reader.u32();
  };
  checkTypes(reader, at(section.type));
  const importedFunctions = countImports(reader, at(section.import));
  checkTables(reader, at(section.table));
  const memory = readMemory(reader, at(section.memory));
  const reachable = new Uint8Array(importedFunctions + at(section.function));
  const globals = at(section.global);
  let mutableGlobals: number[] | undefined = [];
  for (let index = 0; index < globals; index++) {
    const numeric = reader.peek() >= 0x7c && reader.peek() <= 0x7f;
    reader.skipValueType();
    if (reader.byte() === 1) {
      if (numeric) mutableGlobals?.push(index);
      else mutableGlobals = undefined;
    }
    readExpression(reader, reachable);
  }
  for (let left = at(section.export); left > 0; left--) {
    reader.skipName();
    const kind = reader.byte();
    const index = reader.u32();
    if (kind === 0) reachable[index] = 1;
  }
  const start = sections.find(({ id }) => id === section.start);
  if (start) reachable[new Reader(bytes, start.body).u32()] = 1;
  for (let left = at(section.element); left > 0; left--) readElements(reader, reachable);
  return { sections, importedFunctions, memory, mutableGlobals, reachable };
}

function split(bytes: Uint8Array): Section[] {
  const reader = new Reader(bytes, 8);
  const sections: Section[] = [];
  while (reader.at < bytes.length) {
    const head = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const body = reader.at;
    reader.at += size;
    if (id > section.tag) throw new ModuleRefused(`the module has a section that Loom does not know: ${id}`);
    sections.push({ id, head, body, end: reader.at });
  }
  return sections;
}

/** Function types only: structs and arrays live on the heap of the host. */
function checkTypes(reader: Reader, count: number): void {
  for (let left = count; left > 0; left--) {
    let form = reader.byte();
    if (form === 0x4e) {
      checkTypes(reader, reader.u32());
      continue;
    }
    if (form === 0x4f || form === 0x50) {
      reader.skipNumbers(reader.u32());
      form = reader.byte();
    }
    if (form !== 0x60)
      throw new ModuleRefused('the module uses garbage-collected types, which do not count as its memory');
    for (let list = 0; list < 2; list++) for (let k = reader.u32(); k > 0; k--) reader.skipValueType();
  }
}

function countImports(reader: Reader, count: number): number {
  let functions = 0;
  for (let left = count; left > 0; left--) {
    const from = reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind !== 0) {
      const what = ['', 'table', 'memory', 'global', 'tag'][kind] ?? `thing of kind ${kind}`;
      throw new ModuleRefused(
        `the module imports what a Proxy-Wasm host does not have: ${from}.${name} (a ${what})`,
      );
    }
    reader.skipNumber();
    functions++;
  }
  return functions;
}

function checkTables(reader: Reader, count: number): void {
  if (count > maxTables) throw new ModuleRefused(`the module has more than ${maxTables} tables`);
  for (let left = count; left > 0; left--) {
    const { minimum } = readTable(reader).limits;
    if (minimum > maxTableSize)
      throw new ModuleRefused(`the module has a table of ${minimum} elements, more than ${maxTableSize}`);
  }
}

/** One table; the offsets are those of its element type and, where there is one, of its initial value. */
export function readTable(reader: Reader): { type: number; limits: Limits; value: number } {
  const valued = reader.peek() === 0x40;
  if (valued) reader.at += 2;
  const type = reader.at;
  reader.skipValueType();
  const limits = reader.limits();
  const value = reader.at;
  if (valued) readExpression(reader);
  return { type, limits, value: valued ? value : -1 };
}

function readMemory(reader: Reader, count: number): Limits {
  if (count === 0) throw new ModuleRefused('the module exports no memory named "memory"');
  if (count > 1) throw new ModuleRefused('the module has more than one memory');
  const limits = reader.limits();
  if (limits.flags & 2) throw new ModuleRefused('the module has a shared memory');
  return limits;
}

/** A constant expression (5.4.10); functions that it refers to are noted. */
function readExpression(reader: Reader, reachable?: Uint8Array): void {
  for (let opcode = reader.byte(); opcode !== op.end; opcode = reader.byte()) {
    if (opcode === op.refFunc && reachable) reachable[reader.u32()] = 1;
    else skipImmediates(reader, opcode);
  }
}

/** 5.5.12: eight forms, by the bits of the first number. */
function readElements(reader: Reader, reachable: Uint8Array): void {
  const flags = reader.u32();
  const expressions = (flags & 4) !== 0;
  if ((flags & 1) === 0) {
    if (flags & 2) reader.skipNumber();
    readExpression(reader);
  }
  if (flags & 3) {
    if (expressions) reader.skipValueType();
    else reader.at++;
  }
  for (let left = reader.u32(); left > 0; left--) {
    if (expressions) readExpression(reader, reachable);
    else reachable[reader.u32()] = 1;
  }
}
