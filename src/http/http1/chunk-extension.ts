import { isToken, isValue, octet } from './octets.ts';

/** Where within the extensions of a chunk the reader is; behind a semicolon it is `begin`. */
export const part = { begin: 0, name: 1, equals: 2, value: 3, quoted: 4, escaped: 5, closed: 6 } as const;
export type Part = (typeof part)[keyof typeof part];

const semicolon = octet.semicolon;
const equals = 0x3d;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Where the next octet leads, -1 when it must not stand there (RFC 9112 section 7.1.1). Without the blanks that RFC 9110
 * section 5.6.3 calls bad: nobody sends them, and parsers that skip them have been told apart from those that do not.
 */
export function nextPart(at: Part, code: number): Part | -1 {
  switch (at) {
    case part.begin:
      return isToken[code] === 1 ? part.name : -1;
    case part.name:
      if (code === equals) return part.equals;
      return code === semicolon ? part.begin : isToken[code] === 1 ? part.name : -1;
    case part.equals:
      return code === quote ? part.quoted : isToken[code] === 1 ? part.value : -1;
    case part.value:
      return code === semicolon ? part.begin : isToken[code] === 1 ? part.value : -1;
    case part.quoted:
      if (code === quote) return part.closed;
      return code === backslash ? part.escaped : isValue[code] === 1 ? part.quoted : -1;
    case part.escaped:
      return isValue[code] === 1 ? part.quoted : -1;
    case part.closed:
      return code === semicolon ? part.begin : -1;
  }
}

/** The line may end there. */
export const isWhole = (at: Part): boolean => at === part.name || at === part.value || at === part.closed;
