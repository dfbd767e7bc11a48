import type { TarFile } from './tar.ts';

const block = 512;

/** An archive of regular files (POSIX.1-1988 ustar). Paths are of less than 100 characters. */
export function writeTar(files: Iterable<TarFile>, modified: Date): Buffer {
  const parts: Buffer[] = [];
  for (const { path, bytes } of files) {
    parts.push(headerOf(path, bytes.length, modified), Buffer.from(bytes), padding(bytes.length));
  }
  parts.push(Buffer.alloc(2 * block));
  return Buffer.concat(parts);
}

function headerOf(path: string, size: number, modified: Date): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number): void =>
    void header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  header.write(path, 0, 100, 'utf8');
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(modified.getTime() / 1000), 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);
