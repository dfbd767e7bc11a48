/** RFC 4648 sections 4 and 5, with or without padding, white space left out. Null when it is none. */
export function decodeBase64(text: string): ArrayBuffer | null {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let bits: u32 = 0;
  let held = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x3d || code == 0x0a || code == 0x0d || code == 0x20) continue;
    const six = valueOf(code);
    if (six < 0) return null;
    bits = (bits << 6) | <u32>six;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[length++] = <u8>(bits >> held);
  }
  return bytes.buffer.slice(0, length);
}

function valueOf(code: i32): i32 {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  if (code == 0x2d || code == 0x2b) return 62;
  return code == 0x5f || code == 0x2f ? 63 : -1;
}
