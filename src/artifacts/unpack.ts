import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { maxModuleBytes } from './size.ts';
import { SupplyError } from './supply-error.ts';
import { isTar, readTar } from './tar.ts';

/** A layer may hold more than the module, but what is packed small must not become arbitrarily large. */
const maxUnpackedBytes = 2 * maxModuleBytes;

const startsWith = (bytes: Uint8Array, hex: string): boolean =>
  Buffer.from(bytes.subarray(0, hex.length / 2)).toString('hex') === hex;

const unpackers = [
  { magic: '1f8b', unpack: promisify(gunzip) },
  { magic: '28b52ffd', unpack: promisify(zstdDecompress) },
] as const;

/**
 * The module in a file: the file itself, or what a gzip, zstd or tar, one in the other, has as `plugin.wasm`, else as its
 * only `*.wasm`. Goes by the content, since servers and builders label it in many ways. undefined when there is none.
 */
export async function unpackModule(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  if (startsWith(bytes, '0061736d')) return sized(bytes);
  for (const { magic, unpack } of unpackers) {
    if (startsWith(bytes, magic)) return moduleIn(await inflate(bytes, unpack));
  }
  return moduleIn(bytes);
}

function moduleIn(bytes: Uint8Array): Uint8Array | undefined {
  if (startsWith(bytes, '0061736d')) return sized(bytes);
  if (!isTar(bytes)) return undefined;
  const modules = [...readTar(bytes)].filter(({ path }) => path.endsWith('.wasm'));
  const named = modules.findLast(({ path }) => basename(path) === 'plugin.wasm');
  const [first, second] = modules;
  if (!named && second)
    throw new SupplyError(
      'InvalidModule',
      `the archive has ${modules.length} modules, and none is called plugin.wasm`,
    );
  const found = (named ?? first)?.bytes;
  return found && sized(found);
}

function sized(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= maxModuleBytes) return bytes;
  throw new SupplyError('TooLarge', `the module has ${bytes.length} bytes, more than ${maxModuleBytes}`);
}

async function inflate(
  bytes: Uint8Array,
  unpack: (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>,
): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: maxUnpackedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new SupplyError('TooLarge', `the archive unpacks to more than ${maxUnpackedBytes} bytes`);
    throw new SupplyError('InvalidModule', `the archive cannot be unpacked: ${(error as Error).message}`);
  }
}
