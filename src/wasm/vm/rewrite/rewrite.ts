import { checkedCode, checkOf } from './code.ts';
import { entriesToCheck } from './entries.ts';
import { mapModule, maxTableSize, readTable, section, type ModuleMap, type Section } from './module-map.ts';
import { Reader } from './reader.ts';
import { writeShape } from './shape.ts';
import { Writer } from './writer.ts';

/** Under these names a rewritten module imports its memories. */
export const memoryImports = { module: 'loom', memory: 'memory', epoch: 'epoch' } as const;

/** What 32 bits can address. */
const mostPages = 65_536;

/** What refers to places in the code, which move, and what is of use to linkers and debuggers only. The names of functions stay. */
const dropped = /^(\.debug|reloc\.|linking$|metadata\.code|sourceMappingURL$|external_debug_info$|loom$)/;

/**
 * A module that V8 has validated, made so that the host can end it: each loop and each function that could run on for ever
 * looks at the epoch word, in a second memory, and traps when it is negative. Its own memory becomes an import, so that the
 * host decides how far it may grow; tables are clamped. Nothing is renumbered, so that code is copied as it is.
 * Throws ModuleRefused for what Loom does not run. An empty `check`: only memory and tables are bounded.
 */
export function rewrite(bytes: Uint8Array, check = checkOf(false)): Uint8Array {
  const map = mapModule(bytes);
  const out = new Writer(Math.ceil(bytes.length * 1.25) + 256);
  out.copy(bytes, 0, 8);
  let imported = false;
  let passing = true;
  for (const one of map.sections) {
    if (one.id === section.custom) {
      if (!dropped.test(new Reader(bytes, one.body).name())) out.copy(bytes, one.head, one.end);
      continue;
    }
    if (!imported && one.id !== section.type) {
      writeImports(out, bytes, map);
      imported = true;
    }
    if (one.id === section.import || one.id === section.memory) continue;
    if (one.id === section.table) writeTables(out, bytes, one);
    else if (one.id === section.export) writeExports(out, bytes, one, map.mutableGlobals ?? []);
    else if (one.id === section.code) {
      const entries = entriesToCheck(bytes, one.body, map);
      passing = entries.passing;
      out.section(section.code, checkedCode(bytes, one.body, entries.check, check).bytes);
    } else out.copy(bytes, one.head, one.end);
  }
  const globals = passing ? map.mutableGlobals?.map(globalName) : undefined;
  writeShape(out, { initialPages: map.memory.minimum, maximumPages: maximumOf(map), globals });
  return out.bytes;
}

const maximumOf = ({ memory }: ModuleMap): number => (memory.maximum < 0 ? mostPages : memory.maximum);

/** The imports of the module, its own memory as the first memory and the epoch as the second. */
function writeImports(out: Writer, bytes: Uint8Array, map: ModuleMap): void {
  const old = map.sections.find(({ id }) => id === section.import);
  const body = new Writer(64 + (old ? old.end - old.body : 0));
  const reader = new Reader(bytes, old?.body ?? 0);
  body.u32((old ? reader.u32() : 0) + 2);
  if (old) body.copy(bytes, reader.at, old.end);
  body.name(memoryImports.module);
  body.name(memoryImports.memory);
  body.all([2, 1]);
  body.u32(map.memory.minimum);
  body.u32(maximumOf(map));
  body.name(memoryImports.module);
  body.name(memoryImports.epoch);
  // Shared, with a minimum and a maximum of one page.
  body.all([2, 3, 1, 1]);
  out.section(section.import, body.bytes);
}

const globalName = (index: number): string => `loom.global.${index}`;

/** With the globals that a call may change, so that the engine can put them back. */
function writeExports(out: Writer, bytes: Uint8Array, exports: Section, globals: readonly number[]): void {
  const reader = new Reader(bytes, exports.body);
  const count = reader.u32();
  const body = new Writer(exports.end - exports.body + 32 * globals.length + 8);
  body.u32(count + globals.length);
  body.copy(bytes, reader.at, exports.end);
  for (const index of globals) {
    body.name(globalName(index));
    body.byte(3);
    body.u32(index);
  }
  out.section(section.export, body.bytes);
}

function writeTables(out: Writer, bytes: Uint8Array, tables: Section): void {
  const reader = new Reader(bytes, tables.body);
  const count = reader.u32();
  const body = new Writer(tables.end - tables.body + 16);
  body.u32(count);
  for (let left = count; left > 0; left--) {
    const head = reader.at;
    const { type, limits, value } = readTable(reader);
    const valueEnd = reader.at;
    body.copy(bytes, head, type);
    reader.at = type;
    reader.skipValueType();
    body.copy(bytes, type, reader.at);
    body.byte(limits.flags | 1);
    body.u32(limits.minimum);
    body.u32(limits.maximum < 0 ? maxTableSize : Math.min(limits.maximum, maxTableSize));
    if (value >= 0) body.copy(bytes, value, valueEnd);
    reader.at = valueEnd;
  }
  out.section(section.table, body.bytes);
}
