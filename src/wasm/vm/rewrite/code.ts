import { skipLocals } from './entries.ts';
import { op, skipImmediates } from './instructions.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/**
 * `if (epoch[0] < 0) unreachable`, with the epoch in memory 1. A trap and not an exception, because a guest can catch
 * exceptions. V8 does not move loads of a memory out of loops; `atomic` is for an engine that does.
 */
export function checkOf(atomic: boolean): Uint8Array {
  const load = atomic ? [op.threads, 0x10] : [op.i32Load];
  // Alignment 4 with the flag for an explicit memory, memory 1, offset 0.
  return Uint8Array.of(
    op.i32Const,
    0,
    ...load,
    0x42,
    1,
    0,
    op.i32Const,
    0,
    op.i32LtS,
    op.if,
    0x40,
    0,
    op.end,
  );
}

/** The body of the code section with a check at the head of each loop and of each function that `entries` names. */
export function checkedCode(bytes: Uint8Array, from: number, entries: Uint8Array, check: Uint8Array): Writer {
  const reader = new Reader(bytes, from);
  const count = reader.u32();
  const out = new Writer((bytes.length - from) * 1.25);
  out.u32(count);
  const places: number[] = [];
  for (let f = 0; f < count; f++) {
    const size = reader.u32();
    const start = reader.at;
    const end = start + size;
    places.length = 0;
    skipLocals(reader);
    if (entries[f] === 1) places.push(reader.at);
    while (reader.at < end) {
      const opcode = reader.byte();
      skipImmediates(reader, opcode);
      if (opcode === op.loop) places.push(reader.at);
    }
    out.u32(size + places.length * check.length);
    let at = start;
    for (const place of places) {
      out.copy(bytes, at, place);
      out.all(check);
      at = place;
    }
    out.copy(bytes, at, end);
  }
  return out;
}
