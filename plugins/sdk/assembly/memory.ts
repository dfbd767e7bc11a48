/** Where the host stores the pointer and the size of what it hands over. */
export const pointerOut: usize = memory.data(8);
export const sizeOut: usize = pointerOut + 4;

/** The text that the host handed over; gives its memory back. */
export function takeText(): string {
  const pointer = <usize>load<u32>(pointerOut);
  const size = <usize>load<u32>(sizeOut);
  if (pointer == 0 || size == 0) return "";
  const text = String.UTF8.decodeUnsafe(pointer, size);
  heap.free(pointer);
  return text;
}

export function bytesOf(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

export function pointerOf(bytes: ArrayBuffer): usize {
  return changetype<usize>(bytes);
}
