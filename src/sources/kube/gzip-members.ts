import { crc32, createInflateRaw } from 'node:zlib';

/** How a member begins: the format, deflate, and that there are no optional fields, which zlib does not write by itself. */
const magic = Buffer.of(0x1f, 0x8b, 8, 0);
const headerBytes = 10;
/** The CRC-32 of the content, and its length. */
const trailerBytes = 8;

/**
 * What is in each member of a gzip file (RFC 1952) that zlib wrote. Throws at the first that is cut or damaged, also where none begins.
 * `gunzip` would join them: it does not tell where one ends, and of a damaged one it may withhold some of those before it.
 */
export async function* membersOf(file: Buffer): AsyncGenerator<Buffer> {
  let at = 0;
  do {
    if (!file.subarray(at, at + magic.length).equals(magic))
      throw new Error(`no gzip member begins at byte ${at}`);
    const inflate = createInflateRaw({ chunkSize: 1 << 16 });
    inflate.end(file.subarray(at + headerBytes));
    const content = Buffer.concat(await inflate.toArray());
    // Of all that it was given it took what belongs to this member.
    const end = at + headerBytes + inflate.bytesWritten;
    if (file.length < end + trailerBytes) throw new Error('unexpected end of file');
    if (file.readUInt32LE(end) !== crc32(content)) throw new Error(`damaged before byte ${end}`);
    yield content;
    at = end + trailerBytes;
  } while (at < file.length);
}
