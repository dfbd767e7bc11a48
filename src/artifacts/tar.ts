import { SupplyError } from './supply-error.ts';

export interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const block = 512;
const text = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString();
};

/** Whether the bytes begin with a header of POSIX.1-1988 ustar or of GNU tar. */
export const isTar = (bytes: Uint8Array): boolean => text(bytes.subarray(257, 262)) === 'ustar';

/**
 * The regular files of a tar archive (POSIX.1-1988 ustar, the `path` of POSIX.1-2001 pax headers, GNU long names), as views of
 * its bytes. Throws a SupplyError for an archive that is broken or cut off.
 */
export function* readTar(archive: Uint8Array): Generator<TarFile> {
  let longPath: string | undefined;
  for (let at = 0; at + block <= archive.length;) {
    const header = archive.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return;
    checkSum(header);
    const size = toNumber(header.subarray(124, 136));
    const bytes = archive.subarray(at + block, at + block + size);
    if (bytes.length < size) throw new SupplyError('InvalidModule', 'the archive is cut off');
    at += block + Math.ceil(size / block) * block;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') longPath = text(bytes);
    else if (type === 'x') longPath = paxPath(bytes) ?? longPath;
    else {
      if (type === '0' || type === '\0') yield { path: longPath ?? shortPath(header), bytes };
      longPath = undefined;
    }
  }
}

function shortPath(header: Uint8Array): string {
  const prefix = text(header.subarray(345, 500));
  const name = text(header.subarray(0, 100));
  return prefix && text(header.subarray(257, 263)) === 'ustar' ? `${prefix}/${name}` : name;
}

/** Octal digits, or base 256 for sizes that they cannot say (GNU). */
function toNumber(field: Uint8Array): number {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    return field.reduce((sum, byte, i) => sum * 256 + (i === 0 ? byte & 0x7f : byte), 0);
  }
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits))
    throw new SupplyError('InvalidModule', 'the archive has a header without a size');
  return Number.parseInt(digits || '0', 8);
}

/** The sum of all bytes of the header, with its own field read as blanks. */
function checkSum(header: Uint8Array): void {
  const told = Number.parseInt(text(header.subarray(148, 156)).trim(), 8);
  let sum = 8 * 0x20;
  for (const [i, byte] of header.entries()) if (i < 148 || i >= 156) sum += byte;
  if (sum !== told) throw new SupplyError('InvalidModule', 'the archive has a header with a wrong checksum');
}

/** Records are `length key=value\n`. */
function paxPath(bytes: Uint8Array): string | undefined {
  const records = Buffer.from(bytes);
  for (let at = 0; at < records.length;) {
    const length = Number.parseInt(records.toString('latin1', at, at + 20), 10);
    if (!(length > 0)) return undefined;
    const record = records.toString('utf8', at, at + length - 1);
    const [, path] = /^[0-9]+ path=(.*)$/s.exec(record) ?? [];
    if (path !== undefined) return path;
    at += length;
  }
  return undefined;
}
