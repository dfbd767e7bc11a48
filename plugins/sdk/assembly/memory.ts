/** Where the host stores the pointer and the size of what it hands over. */
export const pointerOut: usize = memory.data(8);
export const sizeOut: usize = pointerOut + 4;
/** Where it stores a number. */
export const numberOut: usize = memory.data(8, 8);

/** The text that the host handed over; gives its memory back. */
export function takeText(): string {
  const pointer = <usize>load<u32>(pointerOut);
  const size = <usize>load<u32>(sizeOut);
  if (pointer == 0 || size == 0) return "";
  const text = String.UTF8.decodeUnsafe(pointer, size);
  heap.free(pointer);
  return text;
}

/** The bytes that the host handed over; gives its memory back. */
export function takeBytes(): ArrayBuffer {
  const pointer = <usize>load<u32>(pointerOut);
  const size = <i32>load<u32>(sizeOut);
  const bytes = new ArrayBuffer(pointer == 0 ? 0 : size);
  if (pointer == 0) return bytes;
  memory.copy(pointerOf(bytes), pointer, size);
  heap.free(pointer);
  return bytes;
}

export function bytesOf(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

/** Texts of this length or less are mostly names and fixed values. */
const longest = 64;
const slots = 64;
const known = new StaticArray<string | null>(slots);
const encoded = new StaticArray<ArrayBuffer | null>(slots);

/**
 * The same for texts that are passed again and again, by where they lie: a string does not change, and one that is in the table
 * is not freed. Not to be written to.
 */
export function knownBytesOf(text: string): ArrayBuffer {
  if (text.length > longest) return bytesOf(text);
  const slot = <i32>(changetype<usize>(text) >> 4) & (slots - 1);
  if (changetype<usize>(unchecked(known[slot])) == changetype<usize>(text)) return unchecked(encoded[slot])!;
  const bytes = bytesOf(text);
  unchecked(known[slot] = text);
  unchecked(encoded[slot] = bytes);
  return bytes;
}

export function textOf(bytes: ArrayBuffer): string {
  return String.UTF8.decode(bytes);
}

export function pointerOf(bytes: ArrayBuffer): usize {
  return changetype<usize>(bytes);
}
