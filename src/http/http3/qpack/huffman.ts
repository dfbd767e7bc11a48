import { codeLengths } from './huffman-code.ts';

/** A node for every prefix of a code: what follows on a 0 and on a 1. Below 0 it is the octet `~next`. */
const children: [number, number][] = [[0, 0]];
const endOfString = 256;

/** Codes of the canonical code, in order of their lengths and then of their octets. */
{
  const octets = codeLengths.map((_, octet) => octet);
  octets.sort((a, b) => (codeLengths[a] as number) - (codeLengths[b] as number) || a - b);
  let code = 0;
  let length = 0;
  for (const octet of octets) {
    const bits = codeLengths[octet] as number;
    code = code * 2 ** (bits - length);
    length = bits;
    insert(code, bits, octet);
    code++;
  }
}

function insert(code: number, bits: number, octet: number): void {
  let node = 0;
  for (let i = bits - 1; i > 0; i--) {
    const pair = children[node] as [number, number];
    const bit = (code >>> i) & 1;
    if (pair[bit] === 0) {
      children.push([0, 0]);
      pair[bit] = children.length - 1;
    }
    node = pair[bit] as number;
  }
  (children[node] as [number, number])[code & 1] = ~octet;
}

/** For each node and four bits: the node after them, times 512, plus the octet that was completed or 511; -1 where there is no code. */
const steps = new Int32Array(children.length * 16);
const noOctet = 511;
for (let node = 0; node < children.length; node++) {
  for (let nibble = 0; nibble < 16; nibble++) {
    let at = node;
    let octet = noOctet;
    let isBad = false;
    for (let i = 3; i >= 0; i--) {
      const next = (children[at] as [number, number])[(nibble >> i) & 1] as number;
      if (next < 0) {
        if (~next === endOfString) isBad = true;
        octet = ~next;
        at = 0;
      } else at = next;
    }
    steps[node * 16 + nibble] = isBad ? -1 : at * 512 + octet;
  }
}

/** Where a string may end: at most seven bits behind the last octet, all of them 1 (RFC 7541 section 5.2). */
const mayEnd = new Set<number>([0]);
for (let node = 0, depth = 1; depth <= 7; depth++) {
  node = (children[node] as [number, number])[1];
  mayEnd.add(node);
}

const scratch = Buffer.allocUnsafeSlow(65_536);

/** A string in the Huffman code, as Latin-1; undefined for what is none (RFC 7541 section 5.2). */
export function decodeHuffman(bytes: Buffer): string | undefined {
  // No code has less than five bits.
  const most = Math.ceil((bytes.length * 8) / 5);
  const out = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  let length = 0;
  let node = 0;
  for (const byte of bytes) {
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = steps[node * 16 + ((byte >> shift) & 15)] as number;
      if (step < 0) return undefined;
      const octet = step & 511;
      if (octet !== noOctet) out[length++] = octet;
      node = step >> 9;
    }
  }
  return mayEnd.has(node) ? out.latin1Slice(0, length) : undefined;
}
