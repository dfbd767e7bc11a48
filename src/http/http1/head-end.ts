import { octet } from './octets.ts';

const blankLine = Buffer.from('\r\n\r\n');

/**
 * Where the first head in these bytes has ended, behind its empty line, or a place further on; -1 when there is no empty line. A
 * reader may then run over them without looking for their end: it must stop at an empty line. Most reads hold one head and
 * nothing behind it, and need no search.
 */
export function headBound(bytes: Buffer): number {
  const end = bytes.length;
  if (
    bytes[end - 1] === octet.lf &&
    bytes[end - 2] === octet.cr &&
    bytes[end - 3] === octet.lf &&
    bytes[end - 4] === octet.cr
  )
    return end;
  const at = bytes.indexOf(blankLine);
  return at === -1 ? -1 : at + blankLine.length;
}

export const holdsHead = (bytes: Buffer): boolean => headBound(bytes) !== -1;

/** A line feed without its carriage return: such a head would never end (RFC 9112 section 2.2). */
export function hasBareLineFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(octet.lf); at !== -1; at = bytes.indexOf(octet.lf, at + 1)) {
    if (bytes[at - 1] !== octet.cr) return true;
  }
  return false;
}
