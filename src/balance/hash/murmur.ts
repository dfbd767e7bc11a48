/**
 * MurmurHash3 (A. Appleby, x86_32) over the UTF-16 units of `text` from `start` to `end`, two of them to a block. The same in every
 * process, so that replicas agree; nothing that has to withstand an attacker. Allocates nothing. @returns a signed word.
 */
export function murmur(text: string, start: number, end: number, seed: number): number {
  let hash = seed;
  let i = start;
  for (; i + 1 < end; i += 2) {
    hash ^= block(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (i < end) hash ^= block(text.charCodeAt(i));
  return mix(hash ^ (2 * (end - start)));
}

/** The finaliser: every bit of the result depends on every bit of the word. */
export function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function block(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
