import { bytesOf, pointerOf } from "./memory";

/** [name, value, …] in the ABI's form of pairs: count, lengths, then each text with a NUL. */
export function encodePairs(flat: string[]): ArrayBuffer {
  const texts = flat.map<ArrayBuffer>((text) => bytesOf(text));
  let size = 4;
  for (let i = 0; i < texts.length; i++) size += texts[i].byteLength + 5;
  const bytes = new ArrayBuffer(size);
  const start = pointerOf(bytes);
  store<u32>(start, flat.length / 2);
  let to = start + 4 + 4 * texts.length;
  for (let i = 0; i < texts.length; i++) {
    const length = texts[i].byteLength;
    store<u32>(start + 4 + 4 * i, length);
    memory.copy(to, pointerOf(texts[i]), length);
    to += length + 1;
  }
  return bytes;
}

/** The way back. An empty map comes as no bytes at all. */
export function decodePairs(bytes: ArrayBuffer): string[] {
  const flat: string[] = [];
  if (bytes.byteLength < 4) return flat;
  const start = pointerOf(bytes);
  const texts: u32 = 2 * load<u32>(start);
  let from = start + 4 + 4 * texts;
  for (let i: u32 = 0; i < texts; i++) {
    const length = load<u32>(start + 4 + 4 * i);
    flat.push(String.UTF8.decodeUnsafe(from, length));
    from += length + 1;
  }
  return flat;
}
