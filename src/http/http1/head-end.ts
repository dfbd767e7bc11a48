import { octet } from './octets.ts';

const blankLine = Buffer.from('\r\n\r\n');

/**
 * Whether an empty line ends a head somewhere in these bytes. A reader may then run over them without looking for their
 * end: it must stop at an empty line. Most reads hold one head and nothing behind it, and need no search.
 */
export function holdsHead(bytes: Buffer): boolean {
  const end = bytes.length;
  return (
    (bytes[end - 1] === octet.lf &&
      bytes[end - 2] === octet.cr &&
      bytes[end - 3] === octet.lf &&
      bytes[end - 4] === octet.cr) ||
    bytes.includes(blankLine)
  );
}

/** A line feed without its carriage return: such a head would never end (RFC 9112 section 2.2). */
export function hasBareLineFeed(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(octet.lf); at !== -1; at = bytes.indexOf(octet.lf, at + 1)) {
    if (bytes[at - 1] !== octet.cr) return true;
  }
  return false;
}
