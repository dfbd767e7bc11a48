/** Thrown for bytes that are no RESP. */
class RespError extends Error {
  override readonly name = 'RespError';
}

const cr = 0x0d;
const maxDepth = 32;
const aggregate = new Map([
  ['*', 1],
  ['~', 1],
  ['>', 1],
  ['%', 2],
  ['|', 2],
]);
const bulk = new Set(['$', '=', '!']);
const simple = new Set(['+', '-', ':', '_', '#', ',', '(']);

/**
 * Where the value that begins at `at` ends (RESP2 and RESP3, redis.io "Redis serialization protocol specification"). More than
 * `bytes.length` where it is not complete: at least that many bytes are needed. Throws RespError.
 */
export function respEnd(bytes: Buffer, at: number, depth = 0): number {
  if (depth > maxDepth) throw new RespError('nested too deep');
  if (at >= bytes.length) return at + 1;
  const type = String.fromCharCode(bytes[at] as number);
  if (!simple.has(type) && !bulk.has(type) && !aggregate.has(type)) throw new RespError('an unknown type');
  const line = bytes.indexOf('\n', at + 1);
  if (line < 0) return bytes.length + 1;
  if (bytes[line - 1] !== cr) throw new RespError('a line that does not end in CR LF');
  let end = line + 1;
  if (simple.has(type)) return end;
  const text = bytes.latin1Slice(at + 1, line - 1);
  if (!/^(-1|\d{1,10})$/.test(text)) throw new RespError('a length that is no number');
  const length = Number(text);
  if (length < 0) return end;
  if (bulk.has(type)) return end + length + 2;
  for (let left = length * (aggregate.get(type) ?? 1); left > 0; left--) {
    end = respEnd(bytes, end, depth + 1);
    if (end > bytes.length) return end;
  }
  // What an attribute is about follows it.
  return type === '|' ? respEnd(bytes, end, depth + 1) : end;
}

/** A command as clients send it: an array of bulk strings. */
export function respCommand(...words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`);
}

/** The name of the one command that the bytes are, in upper case; undefined where they are anything else. */
export function commandName(bytes: Buffer): string | undefined {
  try {
    if (bytes[0] !== 0x2a || respEnd(bytes, 0) !== bytes.length) return undefined;
  } catch {
    return undefined;
  }
  const found = /^\*[1-9]\d*\r\n\$\d+\r\n([A-Za-z.]+)\r\n/.exec(bytes.subarray(0, 64).latin1Slice());
  return found?.[1]?.toUpperCase();
}
