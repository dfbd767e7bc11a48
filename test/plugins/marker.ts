const EXPORTS = 7;

/**
 * The same module with another `proxy_abi_version_…`. Only the export section is written anew; nothing else of a module knows
 * where sections lie. Throws when there is no such export.
 */
export function withMarker(module: Buffer, version: string): Buffer {
  for (let at = 8; at < module.length;) {
    const id = module[at] as number;
    const [size, content] = leb(module, at + 1);
    if (id === EXPORTS) {
      const section = renamed(module.subarray(content, content + size), `proxy_abi_version_${version}`);
      return Buffer.concat([
        module.subarray(0, at),
        Buffer.from([EXPORTS, ...toLeb(section.length)]),
        section,
        module.subarray(content + size),
      ]);
    }
    at = content + size;
  }
  throw new Error('the module exports nothing');
}

function renamed(section: Buffer, marker: string): Buffer {
  const at = section.indexOf('proxy_abi_version_');
  if (at < 1) throw new Error('the module has no marker');
  // Names are shorter than 128 bytes, so the length is the one byte in front.
  const length = section[at - 1] as number;
  return Buffer.concat([
    section.subarray(0, at - 1),
    Buffer.from([marker.length]),
    Buffer.from(marker),
    section.subarray(at + length),
  ]);
}

/** @returns the number at `at`, and where it ends */
function leb(bytes: Buffer, at: number): readonly [number, number] {
  let value = 0;
  for (let shift = 0, i = at; ; shift += 7, i++) {
    const byte = bytes[i] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, i + 1];
  }
}

function toLeb(value: number): number[] {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
