/** The name and type that a query asks for (RFC 1035 section 4.1.2). */
export interface Question {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'other';
  /** Where it ends. */
  readonly end: number;
}

const types: Readonly<Record<number, Question['type']>> = { 1: 'A', 28: 'AAAA' };

export function questionOf(query: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at] ?? 0; size !== 0; size = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return {
    name: labels.join('.').toLowerCase(),
    type: types[query.readUInt16BE(at + 1)] ?? 'other',
    end: at + 5,
  };
}

/** Of an authority that recurses; no error, or that there is no such name. */
const flags = { known: 0x8580, unknown: 0x8583 };

/** `addresses`: IPv4, for a second; undefined: there is no such name. */
export function answerTo(query: Buffer, addresses: readonly string[] | undefined): Buffer {
  const { type, end } = questionOf(query);
  const records = type === 'A' ? (addresses ?? []) : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(addresses ? flags.known : flags.unknown, 2);
  // No authorities, nothing additional.
  for (const [field, count] of [1, records.length, 0, 0].entries()) head.writeUInt16BE(count, 4 + 2 * field);
  const answers = records.map((ip) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...ip.split('.').map(Number)]),
  );
  return Buffer.concat([head, query.subarray(12, end), ...answers]);
}
