/** How many bytes a packet number needs when the peer knows of `largestAcked` (RFC 9000 appendix A.2); -1: of none. */
export function numberLength(number: number, largestAcked: number): 1 | 2 | 3 | 4 {
  const unacked = number - largestAcked;
  if (unacked < 0x80) return 1;
  if (unacked < 0x8000) return 2;
  return unacked < 0x80_0000 ? 3 : 4;
}

/** The whole number of which `length` bytes came, when `largest` is the highest so far (RFC 9000 appendix A.3). */
export function decodeNumber(truncated: number, length: number, largest: number): number {
  const window = 2 ** (8 * length);
  const expected = largest + 1;
  const candidate = expected - (expected % window) + truncated;
  if (candidate <= expected - window / 2) return candidate + window;
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}
