/** Fields of a protobuf message by number, in the order of the wire; numbers as bigint, everything else as bytes. */
export type Message = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** Takes a message apart (protobuf.dev, "Encoding") without knowing what it means. Throws for what is none. */
export function readMessage(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('the message ends in the middle of a field');
    return bytes.subarray(at, (at += length));
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = take(1)[0] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const value = (wire: number): bigint | Buffer => {
    switch (wire) {
      case 0:
        return varint();
      case 1:
        return take(8).readBigUInt64LE();
      case 2:
        return take(Number(varint()));
      case 5:
        return BigInt(take(4).readUInt32LE());
      default:
        throw new Error(`there is no wire type ${wire}`);
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    const all = fields.get(number) ?? [];
    fields.set(number, all);
    all.push(value(tag & 7));
  }
  return fields;
}

export const messages = (of: Message, field: number): Message[] =>
  (of.get(field) ?? []).map((bytes) => readMessage(bytes as Buffer));
export const message = (of: Message, field: number): Message => messages(of, field)[0] ?? new Map();
export const bytes = (of: Message, field: number): Buffer =>
  (of.get(field)?.at(-1) as Buffer | undefined) ?? Buffer.alloc(0);
export const text = (of: Message, field: number): string => bytes(of, field).toString('utf8');
export const integer = (of: Message, field: number): bigint =>
  (of.get(field)?.at(-1) as bigint | undefined) ?? 0n;
